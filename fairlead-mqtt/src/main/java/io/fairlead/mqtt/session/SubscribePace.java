package io.fairlead.mqtt.session;

import io.fairlead.core.unit.Rate;
import java.util.Optional;

/** How often one connection may subscribe: a second's worth at once, then evenly. One owner. */
final class SubscribePace {
  private double left = -1; // not begun
  private long filledAtNanos;

  /** Whether there is room for one more. */
  boolean take(Optional<Rate> rate, long nowNanos) {
    if (rate.isEmpty()) return true;
    double perSecond = rate.get().perSecond();
    double gained = left < 0 ? perSecond : (nowNanos - filledAtNanos) * 1e-9 * perSecond;
    left = Math.min(perSecond, Math.max(0, left) + gained);
    filledAtNanos = nowNanos;
    if (left < 1) return false;
    left--;
    return true;
  }
}
