package io.fairlead.tunnel.server.netty;

import io.fairlead.core.time.Clock;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What visitors may, each by its name over all its connections. Holds those that are connected. Any
 * thread.
 */
final class SharedThrottles {
  private record Shared(Throttle throttle, int users) {}

  private final Clock clock;
  private final Map<String, Shared> byName = new ConcurrentHashMap<>();

  SharedThrottles(Clock clock) {
    this.clock = clock;
  }

  /** Until {@link #leave}; the last one's rate is everybody's of that name. */
  Throttle of(String name, OptionalLong rate) {
    Throttle throttle =
        byName
            .compute(
                name,
                (_, there) ->
                    there == null
                        ? new Shared(new Throttle(clock), 1)
                        : new Shared(there.throttle(), there.users() + 1))
            .throttle();
    throttle.limit(rate);
    return throttle;
  }

  void leave(String name) {
    byName.computeIfPresent(
        name,
        (_, there) -> there.users() == 1 ? null : new Shared(there.throttle(), there.users() - 1));
  }
}
