package io.fairlead.relay.service;

import io.fairlead.libp2p.key.PeerId;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One timer for each place, however often its peer asks again: a timer that waits for its time
 * costs memory, and where nobody counts the asks there is no end to them. Guarded by its owner.
 */
final class PlaceTimers {
  private final Map<PeerId, Future<?>> timers = new HashMap<>();

  /** Runs {@code end} after that time, on the executor; nothing of what was armed before. */
  void arm(PeerId peer, EventExecutor executor, Duration after, Runnable end) {
    Future<?> former =
        timers.put(peer, executor.schedule(end, after.toNanos(), TimeUnit.NANOSECONDS));
    if (former != null) former.cancel(false);
  }

  /** The place is gone. */
  void disarm(PeerId peer) {
    Future<?> former = timers.remove(peer);
    if (former != null) former.cancel(false);
  }

  /** How many wait. */
  int armed() {
    return timers.size();
  }
}
