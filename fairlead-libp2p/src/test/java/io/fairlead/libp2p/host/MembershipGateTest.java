package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.access.WatchedEntitlements;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembershipGateTest {
  private static final EntryId ENTRY = new EntryId("members", "a");
  private static final PrivateKey KEY = PrivateKey.generate();

  private final WatchValue<Membership> membership = new WatchValue<>(Membership.NONE);
  private final MembershipGate gate =
      new MembershipGate(membership, new WatchedEntitlements(membership));

  @Test
  void aKeyIsReadInEveryFormOfIt() {
    PeerId id = KEY.peerId();
    byte[] raw = KEY.publicKey().data();
    String hex = "ed01" + HexFormat.of().formatHex(raw);
    byte[] spki =
        HexFormat.of().parseHex("302a300506032b6570032100" + HexFormat.of().formatHex(raw));
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(spki)
            + "\n-----END PUBLIC KEY-----\n";
    for (String text : new String[] {id.toString(), id.toCid(), hex, "0x" + hex, " " + hex, pem}) {
      assertThat(MembershipGate.peer(text)).as(text).contains(id);
    }
    for (String text : new String[] {"", "x", hex + "00", pem.replace("PUBLIC", "PRIVATE")}) {
      assertThat(MembershipGate.peer(text)).as(text).isEmpty();
    }
  }

  @Test
  void aPeerThatNobodyListsIsNotGoverned() {
    list(Membership.Standing.REVOKED, KEY.peerId().toString());
    Principal other = gate.principal(peer(1));
    assertThat(other.entry()).isEmpty();
    assertThat(gate.decide(other, Action.LOGIN)).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void aMemberIsAllowedUntilItIsRevokedOrRemoved() {
    list(Membership.Standing.ACTIVE, KEY.peerId().toString());
    Principal member = gate.principal(KEY.peerId());
    assertThat(member).isEqualTo(Principal.of(KEY.peerId().toString(), ENTRY));
    assertThat(gate.decide(member, Action.LOGIN)).isEqualTo(Verdict.ALLOW);
    list(Membership.Standing.DRAINING, KEY.peerId().toString());
    assertThat(gate.decide(member, Action.LOGIN)).isEqualTo(Verdict.DRAIN);
    list(Membership.Standing.REVOKED, KEY.peerId().toString());
    assertThat(gate.decide(member, Action.LOGIN)).isInstanceOf(Verdict.Deny.class);
    membership.set(Membership.NONE);
    // It stays bound, also for one who asks now.
    assertThat(gate.decide(gate.principal(KEY.peerId()), Action.LOGIN))
        .isInstanceOf(Verdict.Deny.class);
    gate.release(Set.of("members"));
    assertThat(gate.decide(gate.principal(KEY.peerId()), Action.LOGIN)).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void anEntryThatGetsAnotherKeyIsNoLongerItsFormerPeers() {
    list(Membership.Standing.ACTIVE, KEY.peerId().toString());
    Principal former = gate.principal(KEY.peerId());
    PeerId next = peer(1);
    list(Membership.Standing.ACTIVE, next.toString());
    assertThat(gate.decide(former, Action.CIRCUIT)).isInstanceOf(Verdict.Deny.class);
    assertThat(gate.decide(gate.principal(KEY.peerId()), Action.LOGIN))
        .isInstanceOf(Verdict.Deny.class);
    assertThat(gate.decide(gate.principal(next), Action.LOGIN)).isEqualTo(Verdict.ALLOW);
  }

  private void list(Membership.Standing standing, String key) {
    membership.set(
        new Membership(
            "members",
            "1",
            Map.of(
                ENTRY, new Membership.Member(ENTRY, standing, Optional.of(key), Optional.empty())),
            Map.of()));
  }
}
