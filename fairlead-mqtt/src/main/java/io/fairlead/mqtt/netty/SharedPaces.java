package io.fairlead.mqtt.netty;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Rate;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all connections of one account, or of one listener, may publish together. A name is known
 * here while it has a connection. Thread-safe; costs next to nothing where there is no such limit.
 */
final class SharedPaces {
  /** That of one name. */
  static final class Shared {
    private final Pace pace = new Pace(); // guarded by this
    private int connections; // guarded by the map

    /** Nanoseconds to wait before more is read; 0: none. */
    long take(
        Optional<Rate> rate, Optional<ByteSize> byteRate, long nowNanos, int messages, long bytes) {
      if (rate.isEmpty() && byteRate.isEmpty()) return 0;
      synchronized (this) {
        return pace.take(rate, byteRate, nowNanos, messages, bytes);
      }
    }
  }

  private final ConcurrentHashMap<String, Shared> byName = new ConcurrentHashMap<>();

  /** One more connection of that name. */
  Shared join(String name) {
    return byName.compute(
        name,
        (_, there) -> {
          Shared shared = there == null ? new Shared() : there;
          shared.connections++;
          return shared;
        });
  }

  void leave(String name) {
    byName.computeIfPresent(name, (_, there) -> --there.connections == 0 ? null : there);
  }
}
