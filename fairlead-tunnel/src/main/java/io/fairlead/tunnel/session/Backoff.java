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

  /** Who is sent away again within this time after the last one was is not taken at once. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private Duration limit = FIRST;
  private boolean dismissed;
  private long dismissedNanos;

  /** How long to wait now. */
  public Duration next(RandomGenerator chance) {
    Duration wait = Duration.ofNanos((long) (limit.toNanos() * chance.nextDouble()));
    Duration doubled = limit.multipliedBy(2);
    limit = doubled.compareTo(LAST) > 0 ? LAST : doubled;
    return wait;
  }

  /**
   * How long to wait before a connection is replaced that the server sent away, and that goes on
   * meanwhile: not at all, unless the one before it was sent away a moment ago.
   *
   * @param nowNanos monotonic
   */
  public Duration successor(long nowNanos, RandomGenerator chance) {
    boolean again = dismissed && nowNanos - dismissedNanos < SOON.toNanos();
    dismissed = true;
    dismissedNanos = nowNanos;
    return again ? next(chance) : Duration.ZERO;
  }

  /** A connection held. */
  public void reset() {
    limit = FIRST;
  }
}
