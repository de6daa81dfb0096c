package io.fairlead.mqtt.netty;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Rate;
import java.util.Optional;

/**
 * How fast one client may publish: two budgets that refill with time and hold one second's worth.
 * The connection's event loop only.
 */
final class Pace {
  private static final double NANOS = 1e9;

  private double messages;
  private double bytes;
  private long refilledAtNanos;
  private boolean begun;

  /**
   * Takes what was read.
   *
   * @return nanoseconds to wait before more is read; 0: none
   */
  long take(
      Optional<Rate> rate,
      Optional<ByteSize> byteRate,
      long nowNanos,
      int messageCount,
      long byteCount) {
    double perSecond = rate.map(r -> (double) r.perSecond()).orElse(Double.MAX_VALUE);
    double bytesPerSecond = byteRate.map(r -> (double) r.bytes()).orElse(Double.MAX_VALUE);
    double seconds = begun ? (nowNanos - refilledAtNanos) / NANOS : 1;
    begun = true;
    refilledAtNanos = nowNanos;
    messages = Math.min(perSecond, messages + seconds * perSecond) - messageCount;
    bytes = Math.min(bytesPerSecond, bytes + seconds * bytesPerSecond) - byteCount;
    double wait = Math.max(-messages / perSecond, -bytes / bytesPerSecond);
    return wait <= 0 ? 0 : (long) (wait * NANOS) + 1;
  }

  /** Whether one that begins would have no more than this one: nothing was taken, or it is back. */
  boolean rested(Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos) {
    if (!begun) return true;
    double seconds = (nowNanos - refilledAtNanos) / NANOS;
    boolean messagesBack =
        rate.map(r -> messages + seconds * r.perSecond() >= r.perSecond()).orElse(true);
    return messagesBack && byteRate.map(r -> bytes + seconds * r.bytes() >= r.bytes()).orElse(true);
  }
}
