package io.fairlead.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MembershipKeeperTest {
  private record Cut(Set<EntryId> entries, Cause cause, Verdict seenByDecision) {}

  private final EventBus events = new EventBus();
  private final List<Cut> cuts = new ArrayList<>();
  private final MembershipKeeper[] self = new MembershipKeeper[1];
  private final MembershipKeeper keeper = keeper();

  @AfterEach
  void closeBus() {
    events.close();
  }

  @Test
  void removedEntryIsDeniedBeforeItsWorkIsCut() {
    keeper.apply(members("1", active("e1", "alice"), active("e2", "bob")), Optional.empty());
    int cut = keeper.apply(members("2", active("e2", "bob")), Optional.of("0xabc"));
    assertThat(cut).isEqualTo(1);
    assertThat(cuts).hasSize(1);
    assertThat(cuts.getFirst().entries()).containsExactly(id("e1"));
    assertThat(cuts.getFirst().cause())
        .isEqualTo(new Cause(Cause.Reason.REMOVED, "members", "2", Optional.of("0xabc")));
    assertThat(cuts.getFirst().seenByDecision()).isEqualTo(new Verdict.Deny("not_a_member"));
  }

  @Test
  void anAccountWhoseEntryLeftStaysGovernedAndIsDenied() {
    keeper.apply(members("1", active("e1", "alice"), active("e2", "bob")), Optional.empty());
    keeper.apply(members("2", active("e2", "bob")), Optional.empty());
    var entitlements = keeper.entitlements();
    assertThat(entitlements.decide(entitlements.bind("alice"), Action.LOGIN))
        .isEqualTo(new Verdict.Deny("not_a_member"));
    assertThat(entitlements.decide(entitlements.bind("bob"), Action.DIAL)).isEqualTo(Verdict.ALLOW);
    assertThat(entitlements.decide(entitlements.bind("carol"), Action.DIAL))
        .describedAs("an account no list ever named is not governed")
        .isEqualTo(Verdict.ALLOW);
  }

  @Test
  void anEntryThatReturnsIsAllowedAgain() {
    keeper.apply(members("1", active("e1", "alice")), Optional.empty());
    keeper.apply(members("2"), Optional.empty());
    keeper.apply(members("3", active("e1", "alice")), Optional.empty());
    var entitlements = keeper.entitlements();
    assertThat(entitlements.decide(entitlements.bind("alice"), Action.DIAL))
        .isEqualTo(Verdict.ALLOW);
  }

  @Test
  void keysOfAListStayInEveryPictureUntilTheListSaysOtherwise() {
    keeper.listed("main", Map.of(new EntryId("main", "e9"), "12D3KooW"));
    assertThat(keeper.membership().current().source()).isEqualTo("none");
    keeper.apply(members("1", active("e1", "alice")), Optional.empty());
    Membership now = keeper.membership().current();
    assertThat(now.source()).isEqualTo("members");
    assertThat(now.listed()).containsEntry(new EntryId("main", "e9"), "12D3KooW");
    keeper.release(Set.of("main"));
    assertThat(keeper.membership().current().listed()).isEmpty();
    assertThat(keeper.membership().current().members()).containsOnlyKeys(id("e1"));
  }

  @Test
  void standingsMapToVerdictsAndReasons() {
    keeper.apply(
        members("1", active("e1", "a"), active("e2", "b"), active("e3", "c")), Optional.empty());
    keeper.apply(
        members(
            "2",
            member("e1", Standing.REVOKED, "a"),
            member("e2", Standing.EXPIRED, "b"),
            member("e3", Standing.DRAINING, "c")),
        Optional.empty());
    assertThat(cuts)
        .extracting(cut -> cut.cause().reason())
        .containsExactlyInAnyOrder(Cause.Reason.REVOKED, Cause.Reason.EXPIRED);
    var entitlements = keeper.entitlements();
    assertThat(entitlements.decide(entitlements.bind("a"), Action.DIAL))
        .isEqualTo(new Verdict.Deny("revoked"));
    assertThat(entitlements.decide(entitlements.bind("b"), Action.DIAL))
        .isEqualTo(new Verdict.Deny("expired"));
    assertThat(entitlements.decide(entitlements.bind("c"), Action.DIAL)).isEqualTo(Verdict.DRAIN);
  }

  @Test
  void anEntryReboundToAnotherAccountCutsTheFormerAndDeniesIt() {
    keeper.apply(members("1", active("e1", "alice")), Optional.empty());
    keeper.apply(members("2", active("e1", "mallory")), Optional.empty());
    assertThat(cuts).hasSize(1);
    var entitlements = keeper.entitlements();
    assertThat(entitlements.decide(entitlements.bind("alice"), Action.DIAL))
        .isEqualTo(new Verdict.Deny("not_a_member"));
    assertThat(entitlements.decide(entitlements.bind("mallory"), Action.DIAL))
        .isEqualTo(Verdict.ALLOW);
  }

  @Test
  void oneEventForEachLostEntry() throws Exception {
    var seen = new LinkedBlockingQueue<GatewayEvent>();
    events.subscribe("test", 16, seen::add);
    keeper.apply(members("1", active("e1", "a"), active("e2", "b")), Optional.empty());
    keeper.apply(members("2", active("e2", "b")), Optional.empty());
    var event = (GatewayEvent.MemberRemoved) seen.poll(5, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    assertThat(event.entry()).isEqualTo(id("e1"));
    assertThat(event.cut()).isEqualTo(1);
    assertThat(seen.poll(Duration.ofMillis(50).toMillis(), TimeUnit.MILLISECONDS)).isNull();
  }

  private MembershipKeeper keeper() {
    Revocable revocable =
        (entries, cause) -> {
          EntryId entry = entries.iterator().next();
          cuts.add(
              new Cut(
                  entries,
                  cause,
                  self[0].entitlements().decide(Principal.of("x", entry), Action.DIAL)));
          return 1;
        };
    self[0] =
        new MembershipKeeper(List.of(revocable), AuditTrail.none(), events, new ManualClock());
    return self[0];
  }

  private static EntryId id(String id) {
    return new EntryId("members", id);
  }

  private static Member active(String id, String user) {
    return member(id, Standing.ACTIVE, user);
  }

  private static Member member(String id, Standing standing, String user) {
    return new Member(id(id), standing, Optional.empty(), Optional.of(user));
  }

  private static Membership members(String position, Member... members) {
    Map<EntryId, Member> byId = new HashMap<>();
    Map<String, EntryId> byUser = new HashMap<>();
    for (Member member : members) {
      byId.put(member.id(), member);
      member.user().ifPresent(user -> byUser.put(user, member.id()));
    }
    return new Membership("members", position, byId, byUser);
  }
}
