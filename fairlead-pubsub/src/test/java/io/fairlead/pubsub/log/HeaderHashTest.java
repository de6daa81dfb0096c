package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.log.HeaderHash.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Blocks as nodes told them, one for each set of fields: that of Frontier is the main chain's
 * first.
 */
class HeaderHashTest {
  private static final Pattern MEMBER = Pattern.compile("\"([A-Za-z0-9]+)\": \"0x([0-9a-f]*)\"");

  static String told(String fork) throws IOException {
    try (InputStream in = HeaderHashTest.class.getResourceAsStream("/headers/" + fork + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Verdict judge(String json) {
    return HeaderHash.judge(JsonSlice.of(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"frontier", "london", "shanghai", "cancun", "prague"})
  void everyFieldIsPartOfTheHash(String fork) throws IOException {
    String json = told(fork);
    assertThat(judge(json)).isEqualTo(Verdict.PROVEN);
    int fields = 0;
    Matcher member = MEMBER.matcher(json);
    while (member.find()) {
      String name = member.group(1);
      if (name.equals("size") || name.equals("totalDifficulty")) continue;
      fields++;
      assertThat(judge(json.substring(0, member.start(2)) + changed(json, member)))
          .as(name)
          .isEqualTo(Verdict.FALSE);
    }
    assertThat(fields).isGreaterThanOrEqualTo(16); // fifteen, and the hash
  }

  /** The last digit another, or one where there is none. */
  private static String changed(String json, Matcher member) {
    String digits = member.group(2);
    if (digits.isEmpty()) return "01" + json.substring(member.end(2));
    char last = digits.charAt(digits.length() - 1) == '7' ? '8' : '7';
    return digits.substring(0, digits.length() - 1) + last + json.substring(member.end(2));
  }

  @Test
  void whatIsNotHashedMayBeAnything() throws IOException {
    String json = told("prague");
    assertThat(judge(json.replaceFirst("\"size\": \"0x[0-9a-f]+\"", "\"size\": \"0x1\"")))
        .isEqualTo(Verdict.PROVEN);
    assertThat(judge(json.replaceFirst("\\{", "{\"l1Fee\": \"0x1\","))).isEqualTo(Verdict.PROVEN);
  }

  @Test
  void aFieldOfAnotherTimeOrOneTooFewProvesNothing() throws IOException {
    String json = told("prague");
    String other = json.replace("\"gasUsed\"", "\"slotNumber\"");
    assertThat(judge(other)).isEqualTo(Verdict.UNPROVEN);
    String later = json.replaceFirst("\"requestsHash\"", "\"nextHash\"");
    assertThat(judge(later)).isEqualTo(Verdict.UNPROVEN);
    assertThat(judge(json.replaceFirst("\"withdrawalsRoot\"", "\"size\"")))
        .isEqualTo(Verdict.UNPROVEN);
    assertThat(judge("{\"number\":\"0x1\",\"hash\":\"0x" + "1".repeat(64) + "\"}"))
        .isEqualTo(Verdict.UNPROVEN);
    assertThat(judge("[]")).isEqualTo(Verdict.UNPROVEN);
    assertThat(judge("{\"number\":")).isEqualTo(Verdict.UNPROVEN);
  }

  @Test
  void aMemberTwiceIsFalse() throws IOException {
    String json = told("london");
    assertThat(judge(json.replaceFirst("\\{", "{\"number\": \"0x1\","))).isEqualTo(Verdict.FALSE);
  }
}
