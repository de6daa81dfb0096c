package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.SocketAddresses;
import io.fairlead.libp2p.netty.Transport;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Dials sockets, from a port the node listens on where there is one that fits: behind a router the
 * peer then sees the address that others can dial, too. Where the socket refuses that (the same two
 * ends were connected a moment ago), from any other port. Any thread.
 */
final class TransportDialer implements AddressDialer {
  private final Transport transport;
  private final Supplier<List<Multiaddr>> from;

  /**
   * @param from addresses listened on, whose ports may be dialled from
   */
  TransportDialer(Transport transport, Supplier<List<Multiaddr>> from) {
    this.transport = transport;
    this.from = from;
  }

  @Override
  public boolean dials(Multiaddr address) {
    return transport.dials(address);
  }

  @Override
  public CompletionStage<Dialled> dial(Multiaddr address, PeerId peer, Duration timeout) {
    CompletableFuture<Dialled> result = new CompletableFuture<>();
    Optional<InetSocketAddress> local =
        SocketAddresses.socket(address).flatMap(remote -> local(remote, from.get()));
    attempt(address, peer, timeout, local, result);
    return result;
  }

  private void attempt(
      Multiaddr address,
      PeerId peer,
      Duration timeout,
      Optional<InetSocketAddress> local,
      CompletableFuture<Dialled> result) {
    CompletableFuture<PeerConnection> dial =
        transport.dial(address, peer, timeout, local).toCompletableFuture();
    dial.whenComplete(
        (wire, failure) -> {
          if (failure == null) {
            if (!result.complete(new Dialled(wire, false))) wire.close(0);
          } else if (local.isPresent() && !result.isDone() && perhapsOfThePort(failure)) {
            attempt(address, peer, timeout, Optional.empty(), result);
          } else {
            result.completeExceptionally(failure);
          }
        });
    result.whenComplete(
        (_, _) -> {
          if (result.isCancelled()) dial.cancel(false); // which does not go upstream by itself
        });
  }

  private static boolean perhapsOfThePort(@Nullable Throwable failure) {
    return failure instanceof IOException
        && !(failure instanceof ConnectTimeoutException)
        && !(failure instanceof NoRouteToHostException);
  }

  /** Our end: of the same family, of a socket that the way to the peer can begin at. */
  static Optional<InetSocketAddress> local(InetSocketAddress remote, List<Multiaddr> listening) {
    InetAddress to = remote.getAddress();
    return listening.stream()
        .sorted((a, b) -> Boolean.compare(a.has(AddressProtocol.WS), b.has(AddressProtocol.WS)))
        .flatMap(address -> SocketAddresses.socket(address).stream())
        .filter(socket -> socket.getAddress() instanceof Inet4Address == to instanceof Inet4Address)
        .filter(
            socket ->
                socket.getAddress().isAnyLocalAddress()
                    || socket.getAddress().isLoopbackAddress() == to.isLoopbackAddress())
        // From itself to itself a socket would be connected to itself.
        .filter(socket -> socket.getPort() != remote.getPort() || !ours(to, socket.getAddress()))
        .findFirst();
  }

  private static boolean ours(InetAddress to, InetAddress from) {
    return to.equals(from) || (from.isAnyLocalAddress() && to.isLoopbackAddress());
  }
}
