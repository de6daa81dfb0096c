package io.fairlead.net.splice;

import java.time.Duration;

/**
 * Bounds of one splice.
 *
 * @param idle without a byte in either direction; ends within a quarter more of it
 * @param halfClose without a byte after one side ended its stream
 * @param drain how long it may go on after its listener began to drain
 */
public record SpliceSettings(Duration idle, Duration halfClose, Duration drain) {
  public static final SpliceSettings DEFAULTS =
      new SpliceSettings(Duration.ofHours(1), Duration.ofSeconds(60), Duration.ofHours(1));

  public SpliceSettings {
    if (!idle.isPositive())
      throw new IllegalArgumentException("idle: " + idle + " (expected: > 0)");
    if (!halfClose.isPositive()) {
      throw new IllegalArgumentException("half close: " + halfClose + " (expected: > 0)");
    }
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain: " + drain + " (expected: >= 0)");
    }
  }
}
