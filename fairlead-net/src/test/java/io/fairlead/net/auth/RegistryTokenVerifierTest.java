package io.fairlead.net.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.auth.TokenVerifier.Finding;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryTokenVerifierTest {
  private static final EntryId ENTRY = new EntryId("main", "0xabc");

  private final ManualClock clock = new ManualClock();
  private final IdentityKey key = IdentityKey.make(Randomness.system());
  private final String peerId = key.publicKey().peerId();
  private final WatchValue<Membership> membership = new WatchValue<>(members(Standing.ACTIVE));
  private final RegistryTokenVerifier verifier = verifier(List.of());

  @Test
  void aTokenOfAMemberIsThatMember() {
    String token = TokenMint.mint(key, "gw", Duration.ofHours(1), clock.wall(), true);
    for (String user : List.of("", peerId, "0xabc")) {
      assertThat(verifier.verify(shown(user, token)))
          .isEqualTo(
              new Finding.Good(
                  new AuthResult.Accepted(
                      peerId,
                      java.util.Set.of("edge"),
                      "registry",
                      Optional.of(ENTRY),
                      Map.of(),
                      Optional.of(
                          java.time.Instant.ofEpochSecond(
                              clock.wall().getEpochSecond() + 3600 + 30)))));
    }
    assertThat(verifier.verify(shown("somebody", token))).isEqualTo(new Finding.Bad("other_user"));
  }

  @Test
  void aTokenWithoutASubjectGoesByTheUserNameAndFitsIntoSocks() {
    String token = TokenMint.mint(key, "gw", Duration.ofHours(1), clock.wall(), false);
    assertThat(token.length()).isLessThan(180);
    assertThat(verifier.verify(shown(peerId, token))).isInstanceOf(Finding.Good.class);
    assertThat(verifier.verify(shown("0xabc", token))).isInstanceOf(Finding.Good.class);
    assertThat(verifier.verify(shown("", token))).isEqualTo(new Finding.NotMine());
  }

  @Test
  void whoIsNoMemberIsSomebodyElsesMatter() {
    String token = TokenMint.mint(key, "gw", Duration.ofHours(1), clock.wall(), true);
    membership.set(Membership.NONE);
    assertThat(verifier.verify(shown("", token))).isEqualTo(new Finding.NotMine());
    membership.set(members(Standing.REVOKED)); // known, and refused later by its standing
    assertThat(verifier.verify(shown("", token))).isInstanceOf(Finding.Good.class);
    RegistryTokenVerifier other =
        new RegistryTokenVerifier(
            new RegistryTokenSettings(
                Optional.of("elsewhere"), List.of("gw"), Duration.ofHours(24)),
            () -> "gw",
            membership,
            clock);
    assertThat(other.verify(shown("", token))).isEqualTo(new Finding.NotMine());
  }

  @Test
  void aKeyThatItsListNamesIsKnownAlthoughNobodyMayUseIt() {
    String token = TokenMint.mint(key, "gw", Duration.ofHours(1), clock.wall(), true);
    membership.set(listed(Map.of(), Map.of(ENTRY, peerId)));
    assertThat(entryOf(token)).contains(ENTRY);
    String forged =
        TokenMint.mint(
            IdentityKey.make(Randomness.system()), "gw", Duration.ofHours(1), clock.wall(), true);
    assertThat(verifier.verify(shown(peerId, forged))).isEqualTo(new Finding.NotMine());

    // Another entry with the same key that may be used comes before it.
    EntryId usable = new EntryId("main", "0xdef");
    Member member = new Member(usable, Standing.ACTIVE, Optional.of(peerId), Optional.empty());
    membership.set(listed(Map.of(usable, member), Map.of(ENTRY, peerId, usable, peerId)));
    assertThat(entryOf(token)).contains(usable);
    membership.set(listed(Map.of(), Map.of(new EntryId("elsewhere", "0xabc"), peerId)));
    assertThat(verifier.verify(shown("", token))).isEqualTo(new Finding.NotMine());
  }

  private Optional<EntryId> entryOf(String token) {
    return verifier.verify(shown("", token)) instanceof Finding.Good good
        ? good.who().entry()
        : Optional.empty();
  }

  private static Membership listed(Map<EntryId, Member> members, Map<EntryId, String> keys) {
    return new Membership("main", "1", members, Map.of(), Map.of(), keys);
  }

  @Test
  void anotherKeysSignatureIsBad() {
    IdentityKey thief = IdentityKey.make(Randomness.system());
    assertThat(verifier.verify(shown("", signed(thief, "{\"alg\":\"EdDSA\"}", claims()))))
        .isEqualTo(new Finding.Bad("signature"));
    String token = signed(key, "{\"alg\":\"EdDSA\"}", claims());
    String cut = token.substring(0, token.lastIndexOf('.') + 1) + "AAAA";
    assertThat(verifier.verify(shown("", cut))).isEqualTo(new Finding.Bad("signature"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'alg':'EdDSA'}|Good",
        "{'alg':'Ed25519'}|Good",
        "{'alg':'EdDSA','typ':'JWT','kid':'../../etc/passwd'}|Good",
        "{'alg':'EdDSA','crit':['exp'],'exp':1}|Bad",
        "{'alg':'EdDSA','crit':[]}|Bad",
        "{'alg':'none'}|NotMine",
        "{'alg':'HS256'}|NotMine",
        "{'alg':'ES256'}|NotMine",
        "{'alg':'eddsa'}|NotMine",
        "{'typ':'JWT'}|NotMine",
        "{'alg':'none','alg':'EdDSA'}|NotMine",
        "['alg']|NotMine",
      })
  void theHeaderChoosesNothing(String header, String finding) {
    String token = signed(key, header.replace('\'', '"'), claims());
    assertThat(verifier.verify(shown("", token)).getClass().getSimpleName()).isEqualTo(finding);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\'aud':'gw','exp':@+60}|",
        "{\'aud':['x','gw'],'exp':@+60}|",
        "{\'aud':'GW','exp':@+60}|audience",
        "{\'exp':@+60}|audience",
        "{\'aud':{'gw':1},'exp':@+60}|audience",
        "{\'aud':'gw'}|no_expiry",
        "{\'aud':'gw','exp':'@+60'}|no_expiry",
        "{\'aud':'gw','exp':@-29}|",
        "{\'aud':'gw','exp':@-30}|expired",
        "{\'aud':'gw','exp':@+86430}|",
        "{\'aud':'gw','exp':@+86431}|lives_too_long",
        "{\'aud':'gw','exp':@+60,'nbf':@+30}|",
        "{\'aud':'gw','exp':@+60,'nbf':@+31}|not_yet",
        "{\'aud':'gw','exp':@+60,'iat':@+31}|not_yet",
        "{\'aud':'gw','exp':@+60,'nbf':'soon'}|claims",
        "{\'aud':'gw','exp':@+60,'aud':'x'}|NotMine",
      })
  void claimsAreChecked(String claims, String reason) {
    String text = "{'sub':'" + peerId + "'," + claims.substring(1);
    for (int offset : new int[] {-29, -30, 30, 31, 60, 86430, 86431}) {
      String sign = offset < 0 ? "@" : "@+";
      text =
          text.replaceAll(
              java.util.regex.Pattern.quote(sign + offset) + "(?![0-9])",
              Long.toString(clock.wall().getEpochSecond() + offset));
    }
    Finding finding =
        verifier.verify(shown("", signed(key, "{\"alg\":\"EdDSA\"}", text.replace('\'', '"'))));
    if (reason == null) assertThat(finding).isInstanceOf(Finding.Good.class);
    else if (reason.equals("NotMine")) assertThat(finding).isEqualTo(new Finding.NotMine());
    else assertThat(finding).isEqualTo(new Finding.Bad(reason));
  }

  @Test
  void whatIsTooLongOrNoTokenIsSomebodyElsesMatter() {
    String padded = "{\"sub\":\"" + peerId + "\",\"x\":\"" + "y".repeat(2000) + "\"}";
    for (String text :
        List.of(
            "sesame",
            "",
            "eyJ.eyJ.x",
            "..",
            signed(key, "{\"alg\":\"EdDSA\"}", padded),
            signed(key, "{\"alg\":\"EdDSA\"}", claims()) + ".x",
            signed(key, "{\"alg\":\"EdDSA\"}", claims()) + "=")) {
      assertThat(verifier.verify(shown("", text))).as(text).isEqualTo(new Finding.NotMine());
    }
  }

  private RegistryTokenVerifier verifier(List<String> audience) {
    return new RegistryTokenVerifier(
        new RegistryTokenSettings(Optional.of("main"), audience, Duration.ofHours(24)),
        () -> "gw",
        membership,
        clock);
  }

  private String claims() {
    return "{\"sub\":\""
        + peerId
        + "\",\"aud\":\"gw\",\"exp\":"
        + (clock.wall().getEpochSecond() + 60)
        + "}";
  }

  private Membership members(Standing standing) {
    Member member =
        new Member(ENTRY, standing, Optional.of(peerId), Optional.empty(), Optional.of("edge"));
    return new Membership("main", "1", Map.of(ENTRY, member), Map.of());
  }

  private static String signed(IdentityKey by, String header, String claims) {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String text =
        base64.encodeToString(header.getBytes(UTF_8))
            + "."
            + base64.encodeToString(claims.getBytes(UTF_8));
    return text + "." + base64.encodeToString(by.sign(text.getBytes(UTF_8)));
  }

  private static Credentials shown(String user, String password) {
    return new Credentials(user, Secret.of(password));
  }
}
