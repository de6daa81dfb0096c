package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The system's resolver, and one for each other choice of name servers: it outlives reloads that
 * keep the choice. At most {@link #MAX} of them; the one unused longest is closed, and a lookup
 * under way in it fails. Thread-safe.
 */
final class ResolverPool {
  static final int MAX = 32;

  private final NameResolver system;
  private final EventLoops loops;
  private final Clock clock;
  private final Map<NameServers, NameResolver> own =
      new LinkedHashMap<>(8, 0.75f, true); // guarded by this

  ResolverPool(NameResolver system, EventLoops loops, Clock clock) {
    this.system = system;
    this.loops = loops;
    this.clock = clock;
  }

  NameResolver of(Optional<NameServers> servers) {
    return servers.isEmpty() ? system : of(servers.get());
  }

  synchronized int size() {
    return own.size();
  }

  private synchronized NameResolver of(NameServers servers) {
    NameResolver resolver = own.get(servers);
    if (resolver != null) return resolver;
    NameResolver made = system.asking(servers, loops, clock);
    own.put(servers, made);
    if (own.size() > MAX) {
      Iterator<NameResolver> eldest = own.values().iterator();
      eldest.next().close();
      eldest.remove();
    }
    return made;
  }
}
