package io.fairlead.http.rate;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So many requests in a second, minute or hour: {@code 1000/s}, {@code 10/m}.
 *
 * @param count ≥ 1
 * @param unit {@code s}, {@code m} or {@code h}
 */
public record RequestRate(long count, String unit) {
  /** What one looks like, as a regular expression. */
  public static final String FORM = "[1-9][0-9]{0,8}/[smh]";

  private static final Pattern PATTERN = Pattern.compile("([1-9][0-9]{0,8})/([smh])");
  private static final Map<String, Long> UNIT_NANOS =
      Map.of("s", 1_000_000_000L, "m", 60_000_000_000L, "h", 3_600_000_000_000L);

  public RequestRate {
    if (count < 1 || count > 999_999_999 || !UNIT_NANOS.containsKey(unit)) {
      throw new IllegalArgumentException("not a rate: " + count + "/" + unit);
    }
  }

  /**
   * @throws IllegalArgumentException it does not look like one
   */
  public static RequestRate parse(String text) {
    Matcher form = PATTERN.matcher(text);
    if (!form.matches()) throw new IllegalArgumentException("a rate such as 1000/s, 10/m or 5/h");
    return new RequestRate(Long.parseLong(form.group(1)), form.group(2));
  }

  long intervalNanos() {
    return Math.max(1, UNIT_NANOS.get(unit) / count);
  }

  @Override
  public String toString() {
    return count + "/" + unit;
  }
}
