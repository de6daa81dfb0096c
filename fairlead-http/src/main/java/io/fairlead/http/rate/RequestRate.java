package io.fairlead.http.rate;

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

  public RequestRate {
    boolean known = unit.equals("s") || unit.equals("m") || unit.equals("h");
    if (count < 1 || count > 999_999_999 || !known) {
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
    long nanos =
        switch (unit) {
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          default -> 3_600_000_000_000L;
        };
    return Math.max(1, nanos / count);
  }

  @Override
  public String toString() {
    return count + "/" + unit;
  }
}
