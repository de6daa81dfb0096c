package io.fairlead.net.listen;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  static List<BoundListener> of(Collection<BoundSocket> sockets) {
    Map<String, List<BoundSocket>> byId = new LinkedHashMap<>();
    for (BoundSocket socket : sockets) {
      byId.computeIfAbsent(socket.spec().id(), _ -> new ArrayList<>(2)).add(socket);
    }
    List<BoundListener> listeners = new ArrayList<>(byId.size());
    byId.forEach(
        (id, group) ->
            listeners.add(
                new BoundListener(
                    id,
                    group.stream().map(BoundSocket::address).distinct().toList(),
                    group.stream().mapToLong(BoundSocket::openConnections).sum(),
                    group.stream().mapToLong(BoundSocket::acceptedTotal).sum())));
    return listeners;
  }
}
