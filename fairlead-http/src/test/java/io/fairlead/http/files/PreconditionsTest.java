package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.http.route.FakeHead;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreconditionsTest {
  private static final Instant MODIFIED = Instant.parse("2029-12-31T12:00:00Z");
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final String SAME = "Mon, 31 Dec 2029 12:00:00 GMT";
  private static final String EARLIER = "Mon, 31 Dec 2029 11:59:59 GMT";
  private static final String LATER = "Mon, 31 Dec 2029 12:00:01 GMT";
  private static final Preconditions FILE =
      new Preconditions("\"a-1\"", false, MODIFIED.getEpochSecond());

  @ParameterizedTest(name = "{0}: {1}, {2}: {3} → {4}")
  @CsvSource(
      nullValues = "-",
      value = {
        "-,                    -,                -,                   -,       PROCEED",
        "If-Match,             '\"a-1\"',        -,                   -,       PROCEED",
        "If-Match,             '\"b\", \"a-1\"', -,                   -,       PROCEED",
        "If-Match,             *,                -,                   -,       PROCEED",
        "If-Match,             '\"b\"',          -,                   -,       FAILED",
        "If-Match,             'W/\"a-1\"',      -,                   -,       FAILED", // strong
        "If-Match,             'a-1',            -,                   -,       FAILED", // malformed
        "If-Unmodified-Since,  SAME,             -,                   -,       PROCEED",
        "If-Unmodified-Since,  LATER,            -,                   -,       PROCEED",
        "If-Unmodified-Since,  EARLIER,          -,                   -,       FAILED",
        "If-Unmodified-Since,  yesterday,        -,                   -,       PROCEED",
        "If-Match,             '\"a-1\"',        If-Unmodified-Since, EARLIER, PROCEED",
        "If-None-Match,        '\"a-1\"',        -,                   -,       NOT_MODIFIED",
        "If-None-Match,        'W/\"a-1\"',      -,                   -,       NOT_MODIFIED", // weak
        "If-None-Match,        '\"x\" , \"a-1\"', -,                  -,       NOT_MODIFIED",
        "If-None-Match,        *,                -,                   -,       NOT_MODIFIED",
        "If-None-Match,        '\"b\"',          -,                   -,       PROCEED",
        "If-None-Match,        '\"a-11\"',       -,                   -,       PROCEED",
        "If-Modified-Since,    SAME,             -,                   -,       NOT_MODIFIED",
        "If-Modified-Since,    LATER,            -,                   -,       NOT_MODIFIED",
        "If-Modified-Since,    EARLIER,          -,                   -,       PROCEED",
        "If-Modified-Since,    nonsense,         -,                   -,       PROCEED",
        "If-None-Match,        '\"b\"',          If-Modified-Since,   SAME,    PROCEED",
        "If-Match,             '\"b\"',          If-None-Match,       '\"a-1\"', FAILED",
        "If-Match,             '\"a-1\"',        If-None-Match,       '\"a-1\"', NOT_MODIFIED"
      })
  void followTheOrderOfTheStandard(
      String name, String value, String otherName, String otherValue, String outcome) {
    String[] fields =
        name == null
            ? new String[0]
            : otherName == null
                ? new String[] {name, date(value)}
                : new String[] {name, date(value), otherName, date(otherValue)};
    assertThat(FILE.evaluate(FakeHead.fields(fields), NOW))
        .isEqualTo(Preconditions.Outcome.valueOf(outcome));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, true",
        "'\"a-1\"', true",
        "'W/\"a-1\"', false",
        "'\"b\"', false",
        "SAME, true",
        "LATER, false",
        "EARLIER, false",
        "nonsense, false"
      })
  void ifRangeComparesStrongly(String value, boolean applies) {
    String[] fields = value == null ? new String[0] : new String[] {"If-Range", date(value)};
    assertThat(FILE.rangeApplies(FakeHead.fields(fields), NOW)).isEqualTo(applies);
  }

  @Test
  void aDateIsNoStrongValidatorForAFileChangedJustNow() {
    assertThat(FILE.rangeApplies(FakeHead.fields("If-Range", SAME), MODIFIED.plusMillis(500)))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'Mon, 31 Dec 2029 12:00:00 GMT'",
    "'Monday, 31-Dec-29 12:00:00 GMT'",
    "'Mon Dec 31 12:00:00 2029'"
  })
  void readsTheThreeFormsOfADate(String text) {
    assertThat(HttpDate.parse(text, NOW)).contains(MODIFIED.getEpochSecond());
    assertThat(HttpDate.format(MODIFIED.getEpochSecond())).isEqualTo(SAME);
  }

  @ParameterizedTest
  @CsvSource({
    "'Sun Nov  6 08:49:37 1994', 784111777",
    "'Sunday, 06-Nov-94 08:49:37 GMT', 784111777",
    "'Sun, 06 Nov 1994 08:49:37 GMT', 784111777"
  })
  void readsOldDates(String text, long seconds) {
    assertThat(HttpDate.parse(text, NOW)).contains(seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "'Tue, 31 Dec 2029 12:00:00 GMT'", // a Monday
    "'Mon, 31 Dec 2029 12:00:00 CET'",
    "'Mon, 32 Dec 2029 12:00:00 GMT'",
    "'2029-12-31'",
    "'0'"
  })
  void ignoresWhatIsNoDate(String text) {
    assertThat(HttpDate.parse(text, NOW)).isEmpty();
  }

  @ParameterizedTest(name = "{0} → {1}")
  @CsvSource(
      nullValues = "-",
      value = {
        "-,                        ''",
        "'',                       ''",
        "br,                       BR",
        "gzip,                     GZIP",
        "'gzip, br, zstd',         BR ZSTD GZIP", // ours decides a tie
        "'gzip;q=1.0, br;q=0.5',   GZIP BR",
        "'br;q=0, gzip',           GZIP",
        "*,                        BR ZSTD GZIP",
        "'*;q=0, zstd',            ZSTD",
        "'identity, br;q=0.5',     ''",
        "'identity;q=0.5, br',     BR",
        "'x-gzip',                 GZIP",
        "'BR; Q=0.9',              BR",
        "'br;q=2',                 ''", // malformed weight
        "deflate,                  ''"
      })
  void codingsFollowTheWeights(String field, String chosen) {
    List<String> values = field == null ? List.of() : List.of(field);
    String names =
        String.join(
            " ",
            Coding.acceptable(values, List.of(Coding.BR, Coding.ZSTD, Coding.GZIP)).stream()
                .map(Enum::name)
                .toList());
    assertThat(names).isEqualTo(chosen);
  }

  @Test
  void validatorsTellFilesApart() {
    Instant time = Instant.ofEpochSecond(1, 5);
    assertThat(FileResponder.etag(255, time, Optional.empty(), "")).isEqualTo("\"ff-3b9aca05\"");
    assertThat(FileResponder.etag(255, time, Optional.of(Coding.BR), ""))
        .isEqualTo("\"ff-3b9aca05-br\"");
  }

  private static String date(String word) {
    return switch (word) {
      case "SAME" -> SAME;
      case "EARLIER" -> EARLIER;
      case "LATER" -> LATER;
      default -> word;
    };
  }
}
