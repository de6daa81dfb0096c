package io.fairlead.core.lifecycle;

import io.fairlead.core.time.Clock;
import java.time.Duration;

/** A point in monotonic time that several waits share. */
public final class Deadline {
  private final Clock clock;
  private final long atNanos;

  private Deadline(Clock clock, long atNanos) {
    this.clock = clock;
    this.atNanos = atNanos;
  }

  /** A deadline {@code after} from now on {@code clock}. */
  public static Deadline in(Clock clock, Duration after) {
    return new Deadline(clock, clock.nanos() + after.toNanos());
  }

  /** Time left; zero when passed, never negative. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, atNanos - clock.nanos()));
  }

  public boolean passed() {
    return atNanos - clock.nanos() <= 0;
  }

  /** The earlier of this deadline and {@code after} from now. */
  public Deadline atMost(Duration after) {
    long candidate = clock.nanos() + after.toNanos();
    return candidate - atNanos < 0 ? new Deadline(clock, candidate) : this;
  }
}
