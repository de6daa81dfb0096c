package io.fairlead.core.time;

import java.time.Instant;

/**
 * Reads time. Monotonic nanoseconds measure intervals; the wall instant is for people and
 * certificates. The two are never mixed. Thread-safe.
 */
public interface Clock {
  /** Monotonic nanoseconds from an arbitrary origin; compare by difference, because they wrap. */
  long nanos();

  /** Wall-clock time; may jump. */
  Instant wall();

  /** The same in milliseconds since 1970. */
  default long wallMillis() {
    return wall().toEpochMilli();
  }

  /** The machine's own clock. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
