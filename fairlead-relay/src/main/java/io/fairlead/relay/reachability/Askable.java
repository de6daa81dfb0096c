package io.fairlead.relay.reachability;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.key.PeerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** Chooses whom to ask, and not the same too often. Guarded by its owner. */
final class Askable {
  private final Host host;
  private final String protocol;
  private final Predicate<Multiaddr> addresses;
  private final Duration pause;
  private final Clock clock;
  private final Map<PeerId, Long> asked = new HashMap<>();

  Askable(Host host, String protocol, Predicate<Multiaddr> addresses, Duration pause, Clock clock) {
    this.host = host;
    this.protocol = protocol;
    this.addresses = addresses;
    this.pause = pause;
    this.clock = clock;
  }

  /** A connected peer that answers the protocol and stands where it can see us, by chance. */
  Optional<Connection> next(RandomGenerator random) {
    long now = clock.nanos();
    asked.values().removeIf(at -> now - at >= pause.toNanos());
    List<Connection> all = new ArrayList<>();
    Set<String> own =
        Set.copyOf(host.localAddresses().stream().map(Askable::place).distinct().toList());
    for (Connection connection : host.connections()) {
      Multiaddr remote = connection.remoteAddress();
      boolean useful =
          !connection.relayed()
              && connection.wire().isOpen()
              && connection.wire().knows(protocol)
              && addresses.test(remote)
              && !asked.containsKey(connection.remote())
              && (!own.contains(place(remote)) || loopback(remote));
      if (useful) all.add(connection);
    }
    if (all.isEmpty()) return Optional.empty();
    Connection chosen = all.get(random.nextInt(all.size()));
    asked.put(chosen.remote(), now);
    return Optional.of(chosen);
  }

  private static String place(Multiaddr address) {
    return address.components().getFirst().toString();
  }

  /** Peers of one machine have one address; whoever lets them in knows that. */
  private static boolean loopback(Multiaddr address) {
    return io.fairlead.libp2p.address.AddressScope.loopback(address);
  }
}
