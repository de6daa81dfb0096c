package io.fairlead.net.listen;

import java.net.SocketAddress;
import java.util.List;

/**
 * A listener as it is.
 *
 * @param addresses where it is bound, ports resolved; UDP shares those of TCP
 * @param openConnections accepted through these sockets and still open
 * @param acceptedTotal since the sockets were bound
 */
public record BoundListener(
    String id, List<SocketAddress> addresses, long openConnections, long acceptedTotal) {
  public BoundListener {
    addresses = List.copyOf(addresses);
  }
}
