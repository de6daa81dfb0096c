package io.fairlead.relay.reservation;

import java.time.Duration;
import java.util.Optional;

/**
 * What a relay lets one circuit take.
 *
 * @param duration how long it may last, in whole seconds; empty where the relay sets no end
 * @param bytes what may pass in each direction; empty where the relay does not count
 */
public record CircuitLimit(Optional<Duration> duration, Optional<Long> bytes) {
  /** Nothing is bounded. */
  public static final CircuitLimit NONE = new CircuitLimit(Optional.empty(), Optional.empty());

  public CircuitLimit {
    if (duration.isPresent() && !duration.get().isPositive()) {
      throw new IllegalArgumentException("duration: " + duration.get() + " (expected: > 0)");
    }
    if (bytes.isPresent() && bytes.get() < 1) {
      throw new IllegalArgumentException("bytes: " + bytes.get() + " (expected: >= 1)");
    }
  }

  /** Whether anything is bounded. */
  public boolean bounds() {
    return duration.isPresent() || bytes.isPresent();
  }
}
