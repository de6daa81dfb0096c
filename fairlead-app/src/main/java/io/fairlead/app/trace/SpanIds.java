package io.fairlead.app.trace;

import java.util.random.RandomGenerator;

/** New ids, in lower-case hexadecimal digits; never all zero. */
final class SpanIds {
  private SpanIds() {}

  /** Thirty-two digits. */
  static String trace(RandomGenerator random) {
    return span(random) + span(random);
  }

  /** Sixteen digits. */
  static String span(RandomGenerator random) {
    long value = random.nextLong();
    while (value == 0) value = random.nextLong();
    String digits = Long.toHexString(value);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
