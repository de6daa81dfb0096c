package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans of time in one unit: {@code 500us 250ms 10s 5m 1h 7d}; at most 100 years. */
public final class DurationType extends ScalarType<Duration> {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(us|ms|s|m|h|d)");
  private static final Duration LONGEST = Duration.ofDays(36_500);
  private static final Map<String, ChronoUnit> UNITS = units();

  private final Duration min;
  private final Duration max;

  DurationType() {
    this(Duration.ZERO, LONGEST);
  }

  private DurationType(Duration min, Duration max) {
    if (min.compareTo(max) > 0) throw new IllegalArgumentException("range: " + min + " to " + max);
    this.min = min;
    this.max = max;
  }

  private static Map<String, ChronoUnit> units() {
    Map<String, ChronoUnit> units = new LinkedHashMap<>();
    units.put("d", ChronoUnit.DAYS);
    units.put("h", ChronoUnit.HOURS);
    units.put("m", ChronoUnit.MINUTES);
    units.put("s", ChronoUnit.SECONDS);
    units.put("ms", ChronoUnit.MILLIS);
    units.put("us", ChronoUnit.MICROS);
    return units;
  }

  /** {@code min} included. */
  public DurationType atLeast(Duration min) {
    return new DurationType(min, max);
  }

  /** {@code max} included. */
  public DurationType atMost(Duration max) {
    return new DurationType(min, max);
  }

  @Override
  Outcome<Duration> parse(Scalar scalar, ReadContext context) {
    String text = scalar.text();
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      boolean unitMissing = text.matches("[0-9]{1,12}");
      String general = "write a whole number and a unit: 500us, 250ms, 10s, 5m, 1h or 7d";
      return new Outcome.Bad<>(
          Codes.BAD_DURATION,
          unitMissing ? "has no unit" : "is not a duration",
          unitMissing
              ? Outcome.literal(
                  scalar, "did you mean `" + text + "s`? units: us, ms, s, m, h, d", general)
              : general);
    }
    // Twelve digits of days fit a Duration, so nothing overflows before the comparison.
    ChronoUnit unit = UNITS.getOrDefault(form.group(2), ChronoUnit.SECONDS);
    Duration value = unit.getDuration().multipliedBy(Long.parseLong(form.group(1)));
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      String range = max.equals(LONGEST) ? "at least " + text(min) : text(min) + " to " + text(max);
      return new Outcome.Bad<>(Codes.OUT_OF_RANGE, "is out of range", "allowed: " + range);
    }
    return new Outcome.Good<>(value);
  }

  /** The largest unit that divides it. */
  static String text(Duration value) {
    if (value.isZero()) return "0s";
    for (Map.Entry<String, ChronoUnit> unit : UNITS.entrySet()) {
      Duration one = unit.getValue().getDuration();
      long count = value.dividedBy(one);
      if (one.multipliedBy(count).equals(value)) return count + unit.getKey();
    }
    throw new IllegalStateException("duration: " + value + " (expected: whole microseconds)");
  }

  @Override
  Map<String, Object> schema() {
    Map<String, Object> schema =
        new LinkedHashMap<>(Tree.map("type", "string", "pattern", "^[0-9]{1,12}(us|ms|s|m|h|d)$"));
    if (!min.isZero()) schema.put("x-minimum", text(min));
    if (!max.equals(LONGEST)) schema.put("x-maximum", text(max));
    return schema;
  }

  @Override
  public String describe() {
    String range = "";
    if (!min.isZero()) range += ", at least " + text(min);
    if (!max.equals(LONGEST)) range += ", at most " + text(max);
    return "a duration such as 250ms, 10s or 1h" + range;
  }

  @Override
  public Object print(Duration value) {
    return text(value);
  }
}
