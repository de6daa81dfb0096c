package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Map;
import java.util.regex.Pattern;

/** Whole numbers in a range, written in decimal. */
public final class IntType extends ScalarType<Integer> {
  private static final Pattern DECIMAL = Pattern.compile("[-+]?[0-9]{1,19}");

  private final int min;
  private final int max;

  IntType(int min, int max) {
    if (min > max) throw new IllegalArgumentException("range: " + min + " to " + max);
    this.min = min;
    this.max = max;
  }

  /** Both included. */
  public IntType between(int min, int max) {
    return new IntType(min, max);
  }

  /** {@code min} included. */
  public IntType atLeast(int min) {
    return new IntType(min, max);
  }

  /** {@code max} included. */
  public IntType atMost(int max) {
    return new IntType(min, max);
  }

  @Override
  Outcome<Integer> parse(Scalar scalar, ReadContext context) {
    return switch (whole(scalar, min, max)) {
      case Outcome.Good<Long>(Long value) -> new Outcome.Good<>(value.intValue());
      case Outcome.Bad<Long>(Code code, String what, String hint) ->
          new Outcome.Bad<>(code, what, hint);
    };
  }

  static Outcome<Long> whole(Scalar scalar, long min, long max) {
    String text = scalar.text();
    if (!scalar.plain() && DECIMAL.matcher(text).matches()) {
      return ScalarType.wrongType(scalar, "a whole number", "remove the quotes");
    }
    if (!DECIMAL.matcher(text).matches()) {
      String bare = text.replace("_", "").replace(",", "");
      return ScalarType.wrongType(
          scalar,
          "a whole number",
          DECIMAL.matcher(bare).matches() ? Outcome.literal(scalar, "write " + bare, "") : "");
    }
    String range =
        max == Integer.MAX_VALUE || max == Long.MAX_VALUE ? "at least " + min : min + " to " + max;
    try {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) return new Outcome.Good<>(value);
    } catch (NumberFormatException _) {
      // more digits than a long holds: out of range all the same
    }
    return new Outcome.Bad<>(Codes.OUT_OF_RANGE, "is out of range", "allowed: " + range);
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "integer", "minimum", (long) min, "maximum", (long) max);
  }

  @Override
  public String describe() {
    return max == Integer.MAX_VALUE
        ? (min == Integer.MIN_VALUE ? "a whole number" : "a whole number, at least " + min)
        : "a whole number, " + min + " to " + max;
  }

  @Override
  public Object print(Integer value) {
    return value.longValue();
  }
}
