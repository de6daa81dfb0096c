package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
  /** The vectors published with the algorithm. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Hello"
            + " world!|$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        "Hello"
            + " world!|$6$rounds=10000$saltstringsaltstring$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
        "This is just a"
            + " test|$6$rounds=5000$toolongsaltstring$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0",
        "a very much longer text to encrypt.  This one even stretches over morethan one"
            + " line.|$6$rounds=1400$anotherlongsaltstring$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
        "we have a short salt string but not a short"
            + " password|$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0",
        "a short"
            + " string|$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1",
        "the minimum number is still"
            + " observed|$6$rounds=10$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX."
      })
  void verifiesThePublishedSha512CryptVectors(String password, String hash) throws Exception {
    PasswordHash parsed = PasswordHash.parse(hash);
    assertThat(parsed.verify(Secret.of(password))).isTrue();
    assertThat(parsed.verify(Secret.of(password + "x"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // RFC 9106 has no PHC strings; this one is from the reference implementation's own tests
        "password|$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "U*U|$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        // written by argon2-cffi 25.1
        "pässwörd|$argon2id$v=19$m=19456,t=2,p=1$g12MT0BR0Mu8XCFz01B4bA$3pkDjxh+ADZuwPNp3KMYGk6QRPaECLlM0PJvl2m3azA",
        "pässwörd|$argon2i$v=19$m=4096,t=3,p=2$7WaKjQJXnFCxKCk+LIv1Ww$dRoa3j9mQJBs2q7wFQRH1faZzjuo/Ij51WZKPU3xWL4",
        "pässwörd|$argon2d$v=19$m=1024,t=1,p=4$d5nidA0c4MlvNPVtiXtkaw$5hgCXxBcGGK0GBIIAEiSl+PK8AWGp6JLsUFcPKr7sbc",
        // written by bcrypt 5.0 for Python
        "pässwörd|$2a$05$UcxR0QK4SctAXvCc/Dfc6eiVevqjvHrA5envTwdIhwTNHn0eZing6",
        "pässwörd|$2b$05$.T/D5UUAJKdTIZV.qgLLtOVxc6sm1yEVozisb.t26CuxWZmQxkOya",
        "pässwörd|$2y$05$I1Ft6Mo5pmAOSXIpo0RscuHoSa.nRPESeshO4H4ZlcYFVG6mC9DnC",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|$2b$04$2QA6tvkc7yYDpNNtV8mOzee7pik7B3VzahsBPcYp/dDciRWJ9e/WG",
        // written by mosquitto_passwd 2.0.11
        "pässwörd|$7$101$1LkJIHawE9GfvByX$Y/p8kP+93jypmY7ImTlTQC1A+83UJPiP6nEGowK7vwX0yWFbKps3OKHbm+xh4yYdjC/VR5Vb6u3rngKX15uoog==",
      })
  void verifiesKnownHashes(String password, String hash) throws Exception {
    PasswordHash parsed = PasswordHash.parse(hash);
    assertThat(parsed.verify(Secret.of(password))).isTrue();
    assertThat(parsed.verify(Secret.of("other"))).isFalse();
    assertThat(parsed.verify(Secret.of(""))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(PasswordForm.class)
  void verifiesWhatItWritesItself(PasswordForm form) throws Exception {
    String written = form.write(Secret.of("pässwörd"), Randomness.system());
    PasswordHash parsed = PasswordHash.parse(written);
    assertThat(parsed.verify(Secret.of("pässwörd"))).isTrue();
    assertThat(parsed.verify(Secret.of("passwort"))).isFalse();
    assertThat(form.write(Secret.of("pässwörd"), Randomness.system())).isNotEqualTo(written);
  }

  @Test
  void verifiesWhatMosquittoWrites() throws Exception {
    byte[] salt = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    byte[] hash =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
            .generateSecret(new PBEKeySpec("sesame".toCharArray(), salt, 101, 512))
            .getEncoded();
    Base64.Encoder base64 = Base64.getEncoder();
    PasswordHash parsed =
        PasswordHash.parse(
            "$7$101$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash));
    assertThat(parsed.verify(Secret.of("sesame"))).isTrue();
    assertThat(parsed.verify(Secret.of("sesam"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "",
        "$1$abc$def",
        "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$05$short",
        "$argon2id$v=16$m=4096,t=3,p=2$7WaKjQJXnFCxKCk+LIv1Ww$dRoa3j9mQJBs2q7wFQRH1Q",
        "$argon2id$v=19$m=8,t=3,p=2$7WaKjQJXnFCxKCk+LIv1Ww$dRoa3j9mQJBs2q7wFQRH1Q",
        "$argon2id$v=19$m=4096,t=0,p=2$7WaKjQJXnFCxKCk+LIv1Ww$dRoa3j9mQJBs2q7wFQRH1Q",
        "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA",
        "$7$101$x$y",
        "$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$6$salt$short",
      })
  void refusesWhatItCannotOrShouldNotVerify(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text))
        .isInstanceOf(PasswordHash.UnreadableHashException.class);
  }

  @Test
  void refusesTheOldHashOfMosquittoWithAHint() {
    String old = "$6$c2FsdHNhbHRzYWx0$" + Base64.getEncoder().encodeToString(new byte[64]);
    assertThatThrownBy(() -> PasswordHash.parse(old))
        .hasMessageContaining("Mosquitto")
        .extracting(e -> ((PasswordHash.UnreadableHashException) e).hint())
        .asString()
        .contains("$7$");
  }
}
