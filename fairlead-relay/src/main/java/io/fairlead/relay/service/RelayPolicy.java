package io.fairlead.relay.service;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.net.InetAddress;
import java.util.Optional;

/** Who may use the relay, besides what membership says. Any thread, never blocks. */
public interface RelayPolicy {
  /** What kind of peer it is, now. */
  PeerClass classOf(PeerId peer);

  /** Whether a peer that comes from there may have a place. */
  default boolean allowReserve(PeerId peer, Multiaddr from) {
    return true;
  }

  /** Whether one may be connected with another. */
  default boolean allowConnect(PeerId source, Multiaddr from, PeerId target) {
    return true;
  }

  /** The network an address belongs to (its autonomous system), where that is known. */
  default Optional<Long> network(InetAddress address) {
    return Optional.empty();
  }

  /** Everyone may, as nobody we know. */
  static RelayPolicy open() {
    return _ -> PeerClass.ANONYMOUS;
  }
}
