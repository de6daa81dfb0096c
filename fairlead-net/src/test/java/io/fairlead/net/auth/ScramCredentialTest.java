package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramCredentialTest {
  private static final byte[] SALT = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  @Test
  void readsItsOwnText() {
    ScramCredential credential = ScramCredential.derive("pencil", SALT, 4096);

    assertThat(ScramCredential.parse(credential.toText()).toText()).isEqualTo(credential.toText());
    assertThat(credential.toText()).startsWith("SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$");
  }

  @Test
  void printsNoKey() {
    assertThat(ScramCredential.derive("pencil", SALT, 4096)).hasToString("SCRAM-SHA-256$4096:***");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pencil",
        "SCRAM-SHA-1$4096:MDEyMzQ1Njc4OWFiY2RlZg==$AAAA:BBBB",
        "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$AAAA:BBBB"
      })
  void refusesOtherTexts(String text) {
    assertThatThrownBy(() -> ScramCredential.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: SCRAM-SHA-256$iterations:salt$storedKey:serverKey");
  }

  @Test
  void refusesTooFewRoundsAndShortSaltsAndBadBase64() {
    String text = ScramCredential.derive("pencil", SALT, 4096).toText();

    assertThatThrownBy(() -> ScramCredential.parse(text.replace("$4096:", "$4095:")))
        .hasMessageContaining("iterations: 4095");
    assertThatThrownBy(
            () -> ScramCredential.parse(text.replace("MDEyMzQ1Njc4OWFiY2RlZg==", "AA==")))
        .hasMessageContaining("salt: 1 bytes");
    assertThatThrownBy(
            () -> ScramCredential.parse(text.replace("MDEyMzQ1Njc4OWFiY2RlZg==", "A=A=====")))
        .hasMessageContaining("not base64");
    assertThatThrownBy(() -> ScramCredential.derive("pencil", SALT, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void preparesPasswordsAsFarAsThePlatformCan() {
    assertThat(ScramCredential.prepared("pencil")).isEqualTo("pencil");
    assertThat(ScramCredential.prepared("I\u00A0X")).isEqualTo("I X");
    assertThat(ScramCredential.prepared("\u2168")).isEqualTo("IX");
    assertThat(ScramCredential.prepared("\u00AA")).isEqualTo("a");
    assertThatThrownBy(() -> ScramCredential.prepared("a\u0007"))
        .hasMessageContaining("control characters");
    assertThatThrownBy(() -> ScramCredential.prepared("")).hasMessageContaining("empty");
  }
}
