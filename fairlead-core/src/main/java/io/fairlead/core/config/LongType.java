package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import java.util.Map;

/** Whole numbers of 64 bits in a range, written in decimal. */
public final class LongType extends ScalarType<Long> {
  private final long min;
  private final long max;

  LongType(long min, long max) {
    if (min > max) throw new IllegalArgumentException("range: " + min + " to " + max);
    this.min = min;
    this.max = max;
  }

  /** Both included. */
  public LongType between(long min, long max) {
    return new LongType(min, max);
  }

  /** {@code min} included. */
  public LongType atLeast(long min) {
    return new LongType(min, max);
  }

  @Override
  Outcome<Long> parse(Scalar scalar, ReadContext context) {
    return IntType.whole(scalar, min, max);
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "integer", "minimum", min, "maximum", max);
  }

  @Override
  public String describe() {
    return max == Long.MAX_VALUE
        ? (min == Long.MIN_VALUE ? "a whole number" : "a whole number, at least " + min)
        : "a whole number, " + min + " to " + max;
  }

  @Override
  public Object print(Long value) {
    return value;
  }
}
