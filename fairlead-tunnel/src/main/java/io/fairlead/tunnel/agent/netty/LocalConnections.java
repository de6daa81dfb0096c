package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The {@link ReadyConnections} of services that have a pool, on each loop where streams may begin:
 * those of carriers. Any thread; what belongs to a loop is touched there only.
 */
final class LocalConnections {
  /** What one loop has: how many carriers live on it, and the pools. */
  private static final class OfLoop {
    private int carriers;
    private final Map<String, Pool> pools = new HashMap<>();
  }

  private record Pool(LocalService of, ReadyConnections ready) {}

  private final DirectDialer dialer;
  private final DestinationGuard chosen;
  private final Map<EventLoop, OfLoop> loops = new ConcurrentHashMap<>();
  private volatile List<LocalService> services = List.of();

  LocalConnections(DirectDialer dialer, DestinationGuard chosen) {
    this.dialer = dialer;
    this.chosen = chosen;
  }

  /** These are the services from now on. */
  void set(List<LocalService> next) {
    services = List.copyOf(next);
    loops.forEach((loop, of) -> loop.execute(() -> follow(loop, of)));
  }

  /** A carrier serves streams on this loop, which calls. */
  void arrived(EventLoop loop) {
    OfLoop of = loops.computeIfAbsent(loop, _ -> new OfLoop());
    of.carriers++;
    follow(loop, of);
  }

  /** One that had arrived does not any more; called by the loop. */
  void left(EventLoop loop) {
    OfLoop of = loops.get(loop);
    if (of == null) return;
    of.carriers--;
    follow(loop, of);
  }

  /** A connection that is there already; called by the loop. */
  Optional<ReadyConnections.Taken> take(LocalService service, EventLoop loop) {
    if (service.pool() == 0) return Optional.empty();
    OfLoop of = loops.get(loop);
    Pool pool = of == null ? null : of.pools.get(service.offer().name());
    return pool == null || !pool.of().equals(service) ? Optional.empty() : pool.ready().take();
  }

  /** Ends pools that are wanted no more, and begins those that are. */
  private void follow(EventLoop loop, OfLoop of) {
    Map<String, LocalService> wanted = new HashMap<>();
    if (of.carriers > 0) {
      for (LocalService each : services) {
        if (each.pool() > 0) wanted.put(each.offer().name(), each);
      }
    }
    for (Iterator<Map.Entry<String, Pool>> all = of.pools.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<String, Pool> each = all.next();
      if (each.getValue().of().equals(wanted.get(each.getKey()))) continue;
      each.getValue().ready().close();
      all.remove();
    }
    wanted.forEach(
        (name, service) -> {
          Optional<Destination> to = service.destination();
          if (of.pools.containsKey(name) || to.isEmpty()) return;
          Dialer<Channel> on = dialer.on(loop, chosen);
          ReadyConnections ready = new ReadyConnections(on, to.get(), service.pool(), loop);
          of.pools.put(name, new Pool(service, ready));
          ready.fill();
        });
  }
}
