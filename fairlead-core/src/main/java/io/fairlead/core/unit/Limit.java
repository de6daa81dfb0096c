package io.fairlead.core.unit;

/** A bound that configuration may lift with {@code off}. */
public sealed interface Limit {
  /** No bound. */
  record Unlimited() implements Limit {
    @Override
    public String toString() {
      return "off";
    }
  }

  /** At most {@code count}. */
  record AtMost(long count) implements Limit {
    public AtMost {
      if (count < 1)
        throw new IllegalArgumentException("limit: " + count + " (expected: >= 1 or off)");
    }

    @Override
    public String toString() {
      return Long.toString(count);
    }
  }

  Limit OFF = new Unlimited();

  static Limit atMost(long count) {
    return new AtMost(count);
  }

  /** Whether {@code count} is within the bound. */
  default boolean admits(long count) {
    return switch (this) {
      case Unlimited _ -> true;
      case AtMost(long max) -> count <= max;
    };
  }
}
