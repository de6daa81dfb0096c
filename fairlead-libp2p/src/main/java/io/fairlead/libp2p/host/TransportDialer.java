package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.Transport;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Dials sockets. Any thread. */
final class TransportDialer implements AddressDialer {
  private final Transport transport;

  TransportDialer(Transport transport) {
    this.transport = transport;
  }

  @Override
  public boolean dials(Multiaddr address) {
    return transport.dials(address);
  }

  @Override
  public CompletionStage<Dialled> dial(Multiaddr address, PeerId peer, Duration timeout) {
    CompletableFuture<PeerConnection> dial =
        transport.dial(address, peer, timeout, Optional.empty()).toCompletableFuture();
    CompletableFuture<Dialled> result = dial.thenApply(wire -> new Dialled(wire, false));
    result.whenComplete(
        (_, _) -> {
          if (result.isCancelled()) dial.cancel(false); // which does not go upstream by itself
        });
    return result;
  }
}
