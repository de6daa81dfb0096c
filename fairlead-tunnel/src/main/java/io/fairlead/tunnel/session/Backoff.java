package io.fairlead.tunnel.session;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When to dial again: any time up to a limit that doubles with each failure (full jitter), and
 * begins anew after a connection that held for a while. Not thread-safe.
 */
public final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LAST = Duration.ofSeconds(60);

  /** A connection that held so long was a good one. */
  public static final Duration STABLE = Duration.ofSeconds(60);

  private Duration limit = FIRST;

  /** How long to wait now. */
  public Duration next(RandomGenerator chance) {
    Duration wait = Duration.ofNanos((long) (limit.toNanos() * chance.nextDouble()));
    Duration doubled = limit.multipliedBy(2);
    limit = doubled.compareTo(LAST) > 0 ? LAST : doubled;
    return wait;
  }

  /** A connection held. */
  public void reset() {
    limit = FIRST;
  }
}
