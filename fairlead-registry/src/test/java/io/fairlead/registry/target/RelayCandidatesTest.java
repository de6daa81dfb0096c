package io.fairlead.registry.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Relays of a list, as somebody who looks for one sees them. */
class RelayCandidatesTest {
  private final RelayCandidates candidates = new RelayCandidates();
  private final RelayCandidatesTarget target = new RelayCandidatesTarget("relays", candidates);

  @Test
  void whoIsListedWithAKeyIsACandidateAndWhoLeavesIsNone() {
    List<List<RelayCandidate>> seen = new ArrayList<>();
    candidates.watch().observe(Runnable::run, seen::add);
    target.apply(plan(item(1, Standing.ACTIVE), item(2, Standing.DRAINING), keyless()));
    assertThat(candidates.watch().current())
        .containsExactly(
            new RelayCandidate(key(1).peerId(), List.of("/ip4/1.2.3.1/tcp/4001"), id(1), false),
            new RelayCandidate(key(2).peerId(), List.of("/ip4/1.2.3.2/tcp/4001"), id(2), true));

    target.apply(plan(item(2, Standing.ACTIVE)));
    assertThat(candidates.watch().current())
        .extracting(RelayCandidate::peerId)
        .containsExactly(key(2).peerId());
    assertThat(seen.getLast()).isEqualTo(candidates.watch().current());

    target.retire();
    assertThat(candidates.watch().current()).isEmpty();
  }

  @Test
  void twoTargetsAreOneListAndTheEarlierOneCounts() {
    RelayCandidatesTarget other = new RelayCandidatesTarget("more", candidates);
    target.apply(plan(item(1, Standing.DRAINING)));
    other.apply(plan(item(1, Standing.ACTIVE), item(3, Standing.ACTIVE)));
    assertThat(candidates.watch().current())
        .extracting(RelayCandidate::draining)
        .containsExactly(true, false);
    target.retire();
    assertThat(candidates.watch().current())
        .extracting(RelayCandidate::draining)
        .containsExactly(false, false);
  }

  private static NodeKey key(int number) {
    byte[] raw = new byte[32];
    raw[31] = (byte) number;
    return NodeKey.of(raw);
  }

  private static EntryId id(int number) {
    return new EntryId("main", "0x" + number);
  }

  private static Item item(int number, Standing standing) {
    String text = "/ip4/1.2.3." + number + "/tcp/4001";
    return new Item(
        text,
        List.of(text),
        Optional.of(id(number)),
        standing,
        1,
        "",
        Optional.of(key(number)),
        Optional.empty(),
        true);
  }

  private static Item keyless() {
    return new Item(
        "1.2.3.9:4001",
        List.of("1.2.3.9:4001"),
        Optional.of(id(9)),
        Standing.ACTIVE,
        1,
        "",
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private static Plan plan(Item... items) {
    return new Plan(
        "relays",
        Policy.MIRROR,
        "main",
        "block:1",
        Optional.empty(),
        "",
        List.of(),
        List.of(items),
        List.of());
  }
}
