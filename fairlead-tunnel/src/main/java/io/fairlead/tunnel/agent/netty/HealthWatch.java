package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tries local services and tells when one cannot be reached any more, or can be again. Two failures
 * in a row take a service away, one success brings it back. Confined to the services' home loop.
 */
final class HealthWatch {
  private static final Duration TRY = Duration.ofSeconds(2);
  private static final int FALL = 2;

  private final LocalServices services;
  private final Dialer<Channel> dialer;
  private final Runnable changed;
  private final EventLoop loop;
  private final Map<String, Future<?>> timers = new HashMap<>();
  private final Map<String, Integer> failures = new HashMap<>();

  /**
   * @param changed called when what is offered changed
   */
  HealthWatch(LocalServices services, Dialer<Channel> dialer, Runnable changed) {
    this.services = services;
    this.dialer = dialer;
    this.changed = changed;
    this.loop = services.home();
  }

  /** Follows the services there are now. */
  void follow() {
    stop();
    for (LocalService service : services.all()) {
      if (service.health().isEmpty() || service.destination().isEmpty()) continue;
      String name = service.offer().name();
      Destination to = service.destination().get();
      long every = service.health().get().toNanos();
      timers.put(
          name, loop.scheduleWithFixedDelay(() -> look(name, to), 0, every, TimeUnit.NANOSECONDS));
    }
  }

  void stop() {
    timers.values().forEach(timer -> timer.cancel(false));
    timers.clear();
    failures.clear();
  }

  private void look(String name, Destination to) {
    var _ =
        dialer
            .dial(to, TRY)
            .whenComplete(
                (channel, _) -> {
                  if (channel != null) {
                    channel.close();
                    failures.remove(name);
                    if (services.reachable(name, true)) changed.run();
                  } else if (failures.merge(name, 1, Integer::sum) >= FALL) {
                    if (services.reachable(name, false)) changed.run();
                  }
                });
  }
}
