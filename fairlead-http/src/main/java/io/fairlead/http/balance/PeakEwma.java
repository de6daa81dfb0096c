package io.fairlead.http.balance;

import java.time.Duration;

/**
 * A moving average of latencies that jumps to a peak at once and forgets it slowly. Without news it
 * fades, so that a member that was slow is tried again. Thread-safe: written under a lock nobody
 * holds for long, read without one; a reader may combine a value with the time of its predecessor,
 * which is off by one sample.
 */
public final class PeakEwma {
  private final double decayNanos;
  private volatile double averageNanos;
  private volatile long atNanos;
  private volatile boolean measured;

  /**
   * @param decay after this time a value has lost about two thirds of its weight
   */
  public PeakEwma(Duration decay) {
    this.decayNanos = decay.toNanos();
  }

  /** Takes one latency in. */
  public synchronized void observe(long latencyNanos, long nowNanos) {
    double kept = measured ? Math.exp(-Math.max(0, nowNanos - atNanos) / decayNanos) : 0;
    averageNanos =
        latencyNanos >= averageNanos
            ? latencyNanos
            : averageNanos * kept + latencyNanos * (1 - kept);
    atNanos = nowNanos;
    measured = true;
  }

  /** Begins with what others have measured, unless it has measured something itself. */
  public synchronized void seed(double nanos, long nowNanos) {
    if (measured) return;
    averageNanos = nanos;
    atNanos = nowNanos;
  }

  /** Whether it has measured something. */
  public boolean measured() {
    return measured;
  }

  /** The average as it has faded until now; 0 before anything is known. */
  public double nanos(long nowNanos) {
    double average = averageNanos;
    if (average == 0) return 0;
    return average * Math.exp(-Math.max(0, nowNanos - atNanos) / decayNanos);
  }
}
