package io.fairlead.http.rate;

/**
 * The generic cell rate algorithm (ITU-T I.371, annex A) for one key. Its state is one number: the
 * time at which the next request would be due if all came at the rate exactly. Times are monotonic
 * nanoseconds.
 *
 * @param intervalNanos between two requests at the rate
 * @param burst requests that may come before they are due
 */
record Gcra(long intervalNanos, long burst) {
  /** The state of a key that was never seen. */
  static final long UNSEEN = Long.MIN_VALUE;

  Gcra {
    if (intervalNanos < 1) throw new IllegalArgumentException("interval: " + intervalNanos);
    if (burst < 0) throw new IllegalArgumentException("burst: " + burst);
  }

  /** How long before it is due a request that comes now would be; 0 or more. */
  long earlyNanos(long state, long now) {
    return state == UNSEEN ? 0 : Math.max(0, state - now);
  }

  /** How long to wait until one is let through; 0 when it is now. */
  long waitNanos(long state, long now) {
    return Math.max(0, earlyNanos(state, now) - burst * intervalNanos);
  }

  /** The state after one that was let through. */
  long after(long state, long now) {
    return now + earlyNanos(state, now) + intervalNanos;
  }

  /** Requests that would be let through at once after {@code state}. */
  long remaining(long state, long now) {
    long room = burst * intervalNanos - earlyNanos(state, now);
    return room < 0 ? 0 : room / intervalNanos + 1;
  }

  /** The same use of another rate: as many requests early as before, if it allows so many. */
  long rescaled(long state, long now, Gcra next) {
    double requests = (double) earlyNanos(state, now) / intervalNanos;
    return now + (long) (Math.min(requests, next.burst + 1.0) * next.intervalNanos);
  }
}
