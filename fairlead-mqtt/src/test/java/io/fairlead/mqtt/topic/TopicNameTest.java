package io.fairlead.mqtt.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicNameTest {
  private static final TopicLimits SMALL = new TopicLimits(10, 3, 2);

  @ParameterizedTest
  @ValueSource(strings = {"a", "/", "//", "a b/c", "$SYS/x", "$share/g/a", "\uFEFFa", "日本/é"})
  void acceptsAnyTextWithoutWildcards(String text) throws BadTopicException {
    TopicName name = TopicName.of(text, TopicLimits.DEFAULT);

    assertThat(name).hasToString(text);
    assertThat(name.toBytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    assertThat(name.startsWithDollar()).isEqualTo(text.startsWith("$"));
  }

  @ParameterizedTest
  @CsvSource({
    "'', EMPTY",
    "a/+, WILDCARD",
    "#, WILDCARD",
    "a+b, WILDCARD",
    "12345678901, TOO_LONG",
    "a/b/c/d, TOO_DEEP"
  })
  void saysWhatIsWrong(String text, TopicFault fault) {
    assertThat(faultOf(text)).isEqualTo(fault);
  }

  @Test
  void refusesNulAndHalfSurrogates() {
    assertThat(faultOf("a\0b")).isEqualTo(TopicFault.NUL);
    assertThat(faultOf("a\uD800")).isEqualTo(TopicFault.NOT_UTF8);
    assertThat(faultOf("\uDC00a")).isEqualTo(TopicFault.NOT_UTF8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "C0AF",
        "C180",
        "E08080",
        "E09FBF",
        "EDA080",
        "EDBFBF",
        "F08080AF",
        "F4908080",
        "F5808080",
        "FF",
        "C3",
        "E282",
        "F09F98",
        "61C328",
        "E228A1"
      })
  void refusesBytesThatAreNoUtf8(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);

    assertThatThrownBy(() -> TopicName.of(bytes, 0, bytes.length, TopicLimits.DEFAULT))
        .isInstanceOf(BadTopicException.class)
        .hasMessageContaining("UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"C280", "DFBF", "E0A080", "ED9FBF", "EE8080", "F0908080", "F48FBFBF"})
  void acceptsTheBordersOfUtf8(String hex) throws BadTopicException {
    byte[] bytes = HexFormat.of().parseHex(hex);

    assertThat(TopicName.of(bytes, 0, bytes.length, TopicLimits.DEFAULT).toBytes())
        .isEqualTo(bytes);
  }

  @Test
  void readsFromTheMiddleOfABuffer() throws BadTopicException {
    byte[] bytes = "+a/b#".getBytes(StandardCharsets.US_ASCII);

    assertThat(TopicName.of(bytes, 1, 3, TopicLimits.DEFAULT)).hasToString("a/b");
    assertThat(TopicName.fault(bytes, 1, 3, TopicLimits.DEFAULT)).isNull();
    assertThat(TopicName.fault(bytes, 1, 4, TopicLimits.DEFAULT)).isEqualTo(TopicFault.WILDCARD);
  }

  @Test
  void isNotNormalised() throws BadTopicException {
    assertThat(TopicName.of("\u00E9", SMALL)).isNotEqualTo(TopicName.of("e\u0301", SMALL));
    assertThat(TopicName.of("A", SMALL)).isNotEqualTo(TopicName.of("a", SMALL));
    assertThat(TopicName.of("a", SMALL))
        .isEqualTo(TopicName.of("a", SMALL))
        .hasSameHashCodeAs(TopicName.of("a", SMALL));
  }

  @Test
  void limitsAreChecked() {
    assertThatThrownBy(() -> new TopicLimits(0, 1, 0)).hasMessageContaining("bytesMax: 0");
    assertThatThrownBy(() -> new TopicLimits(65_536, 1, 0)).hasMessageContaining("65536");
    assertThatThrownBy(() -> new TopicLimits(1, 1025, 0)).hasMessageContaining("levelsMax: 1025");
    assertThatThrownBy(() -> new TopicLimits(1, 1, -1)).hasMessageContaining("wildcardsMax: -1");
  }

  private static TopicFault faultOf(String text) {
    return catchThrowableOfType(BadTopicException.class, () -> TopicName.of(text, SMALL)).fault();
  }
}
