package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.Transport;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Dials from the ports that are listened on, in either part. Any thread. */
final class Punching {
  private static final int ADDRESSES_MAX = 8;

  private final Transport transport;
  private final PeerGate gate;
  private final ListeningSockets sockets;
  private final Function<PeerConnection, Optional<Connection>> adopt;

  /**
   * @param adopt makes a connection of the node of what was dialled; empty closed it
   */
  Punching(
      Transport transport,
      PeerGate gate,
      ListeningSockets sockets,
      Function<PeerConnection, Optional<Connection>> adopt) {
    this.transport = transport;
    this.gate = gate;
    this.sockets = sockets;
    this.adopt = adopt;
  }

  CompletableFuture<Connection> punch(
      PeerId peer, List<Multiaddr> addresses, boolean client, Duration timeout) {
    sockets.sharePorts();
    CompletableFuture<Connection> result = new CompletableFuture<>();
    List<Multiaddr> usable = new ArrayList<>();
    for (Multiaddr whole : addresses) {
      whole
          .withoutPeer()
          .filter(address -> transport.dials(address) && gate.mayDial(address))
          .filter(address -> usable.size() < ADDRESSES_MAX && !usable.contains(address))
          .ifPresent(usable::add);
    }
    Map<Multiaddr, Throwable> failures = new ConcurrentHashMap<>();
    if (usable.isEmpty()) fail(result, peer, failures);
    AtomicInteger left = new AtomicInteger(usable.size());
    for (Multiaddr address : usable) {
      CompletableFuture<PeerConnection> dial =
          transport.dial(address, peer, timeout, local(address), client).toCompletableFuture();
      dial.whenComplete(
          (wire, failure) -> {
            if (failure != null) failures.put(address, failure);
            else if (result.isDone()) wire.close(0); // it lost by a hair
            else if (adopt.apply(wire).map(result::complete).isEmpty()) {
              failures.put(address, new IOException("not taken"));
            }
            if (left.decrementAndGet() == 0 && !result.isDone()) fail(result, peer, failures);
          });
      result.whenComplete((_, _) -> dial.cancel(false));
    }
    return result;
  }

  private static void fail(
      CompletableFuture<Connection> result, PeerId peer, Map<Multiaddr, Throwable> failures) {
    result.completeExceptionally(PeerDialException.of(peer, new LinkedHashMap<>(failures)));
  }

  /** A socket that a peer may know us by, of the same family. */
  private Optional<InetSocketAddress> local(Multiaddr address) {
    boolean v4 = address.has(AddressProtocol.IP4);
    return sockets.local().stream()
        .filter(socket -> socket.getAddress() instanceof Inet4Address == v4)
        .findFirst();
  }
}
