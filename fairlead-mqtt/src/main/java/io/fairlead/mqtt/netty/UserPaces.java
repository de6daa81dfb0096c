package io.fairlead.mqtt.netty;

import io.fairlead.core.access.Principal;
import io.fairlead.mqtt.MqttConfig;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of one account may publish together. An account is known here while it has a
 * connection. Thread-safe; costs nothing where accounts have no limit of their own.
 */
final class UserPaces {
  /** One account's. */
  static final class Shared {
    private final Pace pace = new Pace(); // guarded by this
    private int connections; // guarded by the map

    /** Nanoseconds to wait before more is read; 0: none. */
    long take(MqttConfig.UserLimits limits, long nowNanos, int messages, long bytes) {
      if (limits.publishRate().isEmpty() && limits.publishBytes().isEmpty()) return 0;
      synchronized (this) {
        return pace.take(limits.publishRate(), limits.publishBytes(), nowNanos, messages, bytes);
      }
    }
  }

  private final ConcurrentHashMap<String, Shared> byUser = new ConcurrentHashMap<>();

  /** A connection of that account; null: nobody's in particular. */
  @Nullable Shared join(Principal principal) {
    if (principal.equals(Principal.ANONYMOUS)) return null;
    return byUser.compute(
        principal.id(),
        (_, there) -> {
          Shared shared = there == null ? new Shared() : there;
          shared.connections++;
          return shared;
        });
  }

  void leave(Principal principal) {
    byUser.computeIfPresent(principal.id(), (_, there) -> --there.connections == 0 ? null : there);
  }
}
