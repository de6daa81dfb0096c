package io.fairlead.relay.network;

import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells the autonomous system of addresses. Any thread, never blocks. */
@FunctionalInterface
public interface Networks {
  /** Nothing is known. */
  Networks NONE = _ -> Optional.empty();

  /** The number of the network that announces an address, where that is known. */
  Optional<Long> of(InetAddress address);

  /** Those of all addresses that begin with an IP number: of a name nobody knows. */
  default Set<Long> ofAll(Collection<Multiaddr> addresses) {
    return addresses.stream()
        .map(address -> address.components().getFirst())
        .flatMap(first -> ofFirst(first).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private Optional<Long> ofFirst(Component first) {
    return switch (first.protocol()) {
      case IP4, IP6 -> of(InetAddress.ofLiteral(first.text()));
      default -> Optional.empty();
    };
  }
}
