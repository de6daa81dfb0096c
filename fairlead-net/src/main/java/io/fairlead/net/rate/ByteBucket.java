package io.fairlead.net.rate;

import io.fairlead.core.time.Clock;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of one direction at a rate, shared by everybody who takes from it. Bytes are counted after
 * they were read, so whoever took too many rests until they are due; those who share a bucket rest
 * one behind the other, which is what shares it. A tenth of a second's bytes pass at once. Any
 * thread.
 */
public final class ByteBucket {
  private static final long BURST_NANOS = 100_000_000L;

  /** Nobody rests for longer at a time: the rate may have been raised meanwhile. */
  private static final long REST_MAX_NANOS = 60_000_000_000L;

  private final Clock clock;
  // When all that was taken is due; never further back than the burst.
  private final AtomicLong dueNanos;
  private volatile long bytesPerSecond; // 0: as many as come

  /** Without a rate. */
  public ByteBucket(Clock clock) {
    this.clock = clock;
    this.dueNanos = new AtomicLong(clock.nanos() - BURST_NANOS);
  }

  /**
   * Another rate from now on; what was taken before is paid off at once.
   *
   * @param rate bytes per second; empty: as many as come
   */
  public void rate(OptionalLong rate) {
    long next = rate.orElse(0);
    if (next < 0) throw new IllegalArgumentException("rate: " + next + " (expected: >= 0)");
    if (next == bytesPerSecond) return;
    bytesPerSecond = next;
    dueNanos.set(clock.nanos() - BURST_NANOS);
  }

  /**
   * Takes bytes.
   *
   * @return for how many nanoseconds the taker must rest before it takes more; 0: not at all
   */
  public long take(int bytes) {
    long rate = bytesPerSecond;
    if (rate == 0) return 0;
    long now = clock.nanos();
    long costs = (long) (bytes * 1e9 / rate);
    long due =
        dueNanos.updateAndGet(
            last -> (now - last > BURST_NANOS ? now - BURST_NANOS : last) + costs);
    return Math.clamp(due - now, 0, REST_MAX_NANOS);
  }
}
