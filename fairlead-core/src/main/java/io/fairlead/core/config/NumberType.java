package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Map;
import java.util.regex.Pattern;

/** Decimal numbers in a range. */
public final class NumberType extends ScalarType<Double> {
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?[0-9]{1,18}(?:\\.[0-9]{1,18})?(?:[eE][-+]?[0-9]{1,3})?");

  private final double min;
  private final double max;

  NumberType(double min, double max) {
    if (!(min <= max)) throw new IllegalArgumentException("range: " + min + " to " + max);
    this.min = min;
    this.max = max;
  }

  /** Both included. */
  public NumberType between(double min, double max) {
    return new NumberType(min, max);
  }

  @Override
  Outcome<Double> parse(Scalar scalar, ReadContext context) {
    if (!scalar.plain() || !DECIMAL.matcher(scalar.text()).matches()) {
      return wrongType(scalar, "a number", scalar.plain() ? "" : "remove the quotes");
    }
    double value = Double.parseDouble(scalar.text());
    return value >= min && value <= max
        ? new Outcome.Good<>(value)
        : new Outcome.Bad<>(
            Codes.OUT_OF_RANGE, "is out of range", "allowed: " + min + " to " + max);
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "number", "minimum", min, "maximum", max);
  }

  @Override
  public String describe() {
    return "a number, " + min + " to " + max;
  }

  @Override
  public Object print(Double value) {
    return value;
  }
}
