package io.fairlead.tunnel.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.access.WatchedEntitlements;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage.Auth;
import io.fairlead.tunnel.codec.ServiceKind;
import io.fairlead.tunnel.proof.Proof;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoginsTest {
  private static final Binary NONCE = filled(1);
  private static final Binary EXPORTER = filled(2);
  private static final Binary SECRET = filled(3);
  private static final EntryId ENTRY = new EntryId("main", "e1");
  private static final Grants GRANTS =
      new Grants(
          List.of("*"),
          List.of(),
          Optional.empty(),
          List.of(),
          List.of(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          10,
          Set.of(ServiceKind.values()));

  private final WatchValue<Membership> membership = new WatchValue<>(Membership.NONE);
  private IdentityKey identity;
  private Logins logins;

  private static Binary filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return Binary.of(bytes);
  }

  @BeforeEach
  void set() throws Exception {
    identity = IdentityKey.make(Randomness.system());
    logins =
        new Logins(
            Map.of(
                "box", new Logins.Account(new Logins.Credential.Shared(SECRET), GRANTS),
                "keyed",
                    new Logins.Account(
                        new Logins.Credential.Key(AgentKey.parse(identity.publicKey().peerId())),
                        GRANTS)),
            List.of(new Logins.Source("main", GRANTS)),
            membership,
            new WatchedEntitlements(membership));
  }

  private void member(Standing standing) {
    Member member =
        new Member(ENTRY, standing, Optional.of(identity.publicKey().peerId()), Optional.empty());
    membership.set(new Membership("main", "1", Map.of(ENTRY, member), Map.of()));
  }

  private Logins.Outcome token(String agent, Binary secret, Binary exporter) {
    Binary proof = Proof.sealed(secret, NONCE, exporter, agent);
    return decide(new Auth(1, agent, "token", Optional.empty(), proof, "r", ""));
  }

  private Logins.Outcome signed(String agent, Binary nonce) {
    Binary proof = Proof.signed(identity::sign, nonce, EXPORTER, agent);
    return decide(
        new Auth(1, agent, "ed25519", Optional.of(identity.publicKey().peerId()), proof, "r", ""));
  }

  private Logins.Outcome decide(Auth auth) {
    return logins.decide(auth, NONCE, EXPORTER, Optional.empty());
  }

  private static void assertRefused(Logins.Outcome outcome, String reason) {
    assertThat(outcome).isEqualTo(new Logins.Outcome.Refused(reason));
  }

  @Test
  void aTokenLetsItsAgentInOnItsConnection() {
    assertThat(token("box", SECRET, EXPORTER)).isInstanceOf(Logins.Outcome.Admitted.class);
    assertRefused(token("box", filled(9), EXPORTER), "proof");
    // Whoever passes a proof on has another connection, and so another exporter.
    assertRefused(token("box", SECRET, filled(8)), "proof");
    assertRefused(token("other", SECRET, EXPORTER), "unknown");
    assertRefused(token("keyed", SECRET, EXPORTER), "unknown");
  }

  @Test
  void aKeyLetsItsAgentInAndNobodyElse() {
    assertThat(signed("keyed", NONCE)).isInstanceOf(Logins.Outcome.Admitted.class);
    assertRefused(signed("keyed", filled(7)), "proof");
    assertRefused(signed("box", NONCE), "unknown");
    assertRefused(
        decide(new Auth(1, "keyed", "ed25519", Optional.of("nonsense"), filled(1), "r", "")),
        "key");
  }

  @Test
  void aMemberComesUnderItsPeerIdWhileItMay() {
    String peer = identity.publicKey().peerId();
    assertRefused(signed(peer, NONCE), "unknown");
    member(Standing.ACTIVE);
    assertThat(signed(peer, NONCE))
        .isInstanceOfSatisfying(
            Logins.Outcome.Admitted.class,
            who -> assertThat(who.principal().entry()).contains(ENTRY));
    member(Standing.REVOKED);
    assertRefused(signed(peer, NONCE), "revoked");
    member(Standing.DRAINING);
    assertRefused(signed(peer, NONCE), "draining");
    // Governed by the registry as well, where the configuration names the key.
    member(Standing.REVOKED);
    assertRefused(signed("keyed", NONCE), "revoked");
  }

  @Test
  void otherMethodsAndVersionsAreRefused() {
    assertRefused(
        decide(new Auth(1, "box", "password", Optional.empty(), SECRET, "r", "")), "method");
    assertRefused(
        decide(new Auth(2, "box", "token", Optional.empty(), SECRET, "r", "")), "version");
    assertRefused(
        decide(new Auth(1, "box", "mtls", Optional.empty(), SECRET, "r", "")), "certificate");
  }

  @Test
  void aPeerIsKnownByItsHandshakeAndByNothingElse() throws Exception {
    String peer = identity.publicKey().peerId();
    Bond shaken = new Bond(EXPORTER, Optional.empty(), Optional.of(AgentKey.parse(peer)));
    Bond stranger =
        new Bond(
            EXPORTER,
            Optional.empty(),
            Optional.of(
                AgentKey.parse(IdentityKey.make(Randomness.system()).publicKey().peerId())));
    Auth known = new Auth(1, "keyed", "peer", Optional.empty(), filled(0), "r", "");
    assertThat(logins.decide(known, NONCE, shaken)).isInstanceOf(Logins.Outcome.Admitted.class);
    assertRefused(logins.decide(known, NONCE, stranger), "unknown");
    // Saying so does not make it so: without a handshake that proved a key there is no such method.
    assertRefused(
        logins.decide(known, NONCE, new Bond(EXPORTER, Optional.empty(), Optional.empty())),
        "method");
    Auth token =
        new Auth(
            1,
            "box",
            "token",
            Optional.empty(),
            Proof.sealed(SECRET, NONCE, EXPORTER, "box"),
            "r",
            "");
    assertRefused(logins.decide(token, NONCE, stranger), "method");
    member(Standing.REVOKED);
    assertRefused(logins.decide(known, NONCE, shaken), "revoked");
  }
}
