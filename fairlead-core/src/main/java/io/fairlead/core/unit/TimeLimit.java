package io.fairlead.core.unit;

import java.time.Duration;

/** Spans of time as bounds that configuration may lift with {@code off}. */
public final class TimeLimit {
  /**
   * Longer than any process lives, and short enough to be added to a monotonic time in nanoseconds.
   */
  public static final Duration NEVER = Duration.ofDays(36_500);

  private TimeLimit() {}
}
