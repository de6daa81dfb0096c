package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.net.loop.SocketDescriptors;
import io.fairlead.net.loop.SocketTuning;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The sockets a node listens on; what they are bound to is told to {@link Announced}. Any thread.
 */
final class ListeningSockets implements AutoCloseable {
  private final Transport transport;
  private final PeerGate gate;
  private final Announced announced;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private final List<Transport.Listening> sockets = new ArrayList<>();

  private boolean closed;

  ListeningSockets(Transport transport, PeerGate gate, Announced announced) {
    this.transport = transport;
    this.gate = gate;
    this.announced = announced;
  }

  /**
   * Listens on one more address.
   *
   * @param given descriptor of a socket that listens there already, which it owns from here on
   * @param accepted is given each upgraded connection, before any of its streams
   * @return completes with the address and its port; fails with what the socket says
   */
  CompletionStage<Multiaddr> listen(
      Multiaddr address, OptionalInt given, Consumer<PeerConnection> accepted) {
    return transport
        .listen(address, given, gate::admits, accepted)
        .thenApply(
            socket -> {
              synchronized (lock) {
                if (closed) socket.close();
                else sockets.add(socket);
                tell();
              }
              return socket.address();
            });
  }

  /** Accepts nobody at one address any more; connections go on. */
  void close(Multiaddr bound) {
    synchronized (lock) {
      sockets.removeIf(
          socket -> {
            boolean same = socket.address().equals(bound);
            if (same) socket.close();
            return same;
          });
      tell();
    }
  }

  /**
   * Lets dials leave from the ports that are listened on. Not before somebody wants it: another
   * process of the same user could listen there too, if it asks for that itself.
   */
  void sharePorts() {
    synchronized (lock) {
      for (Transport.Listening socket : sockets) {
        SocketTuning.sharePort(socket.channel());
      }
    }
  }

  /** The descriptor of the socket of one address; where the loops have such. */
  OptionalInt descriptor(Multiaddr bound) {
    synchronized (lock) {
      return sockets.stream()
          .filter(socket -> socket.address().equals(bound))
          .mapToInt(socket -> SocketDescriptors.of(socket.channel()))
          .findFirst();
    }
  }

  /** The sockets' own addresses. */
  List<InetSocketAddress> local() {
    synchronized (lock) {
      return sockets.stream()
          .map(socket -> socket.channel().localAddress())
          .filter(InetSocketAddress.class::isInstance)
          .map(InetSocketAddress.class::cast)
          .toList();
    }
  }

  /** Accepts nobody any more; connections go on. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      sockets.forEach(Transport.Listening::close);
      sockets.clear();
      tell();
    }
  }

  private void tell() {
    announced.listening(sockets.stream().map(Transport.Listening::address).toList());
  }
}
