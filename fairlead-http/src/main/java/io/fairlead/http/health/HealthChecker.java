package io.fairlead.http.health;

import io.fairlead.core.random.Randomness;
import java.time.Duration;

/**
 * When one endpoint is asked.
 *
 * <pre>
 * Waiting --due-->     Asking
 * Asking  --answered-> Waiting  (next in interval, spread by a tenth either way)
 * </pre>
 *
 * The first question is due at once, spread over a tenth of the interval. An answer that got lost
 * is asked for again after a minute more. Not thread-safe.
 */
public final class HealthChecker {
  private static final long LOST_NANOS = Duration.ofMinutes(1).toNanos();

  private final Duration interval;
  private final Randomness randomness;
  private long dueNanos;

  public HealthChecker(Duration interval, Randomness randomness, long nowNanos) {
    this.interval = interval;
    this.randomness = randomness;
    this.dueNanos = nowNanos + (long) (interval.toNanos() * 0.1 * chance());
  }

  /** Whether to ask now; the answer is owed from then on. */
  public boolean ask(long nowNanos) {
    if (nowNanos - dueNanos < 0) return false;
    dueNanos = nowNanos + interval.toNanos() + LOST_NANOS;
    return true;
  }

  /** The answer came, or the time for it is over. */
  public void answered(long nowNanos) {
    dueNanos = nowNanos + (long) (interval.toNanos() * (0.9 + 0.2 * chance()));
  }

  private double chance() {
    return randomness.generator().nextDouble();
  }
}
