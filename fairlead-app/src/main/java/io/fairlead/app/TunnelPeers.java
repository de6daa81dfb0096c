package io.fairlead.app;

import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.relay.RelayNode;
import io.fairlead.tunnel.TunnelConfig;
import io.fairlead.tunnel.TunnelServer;
import io.fairlead.tunnel.carrier.netty.CarrierPeer;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where tunnels meet the libp2p node: agents that come as peers, and servers that are reached as
 * such. Any thread.
 */
final class TunnelPeers implements Reloadable<GatewayConfig> {
  private static final List<String> PROTOCOLS = List.of(CarrierPeer.AGENT, CarrierPeer.VISITOR);

  private final ConnectionRegistry connections;
  private final Supplier<Optional<TunnelServer>> server;
  private @Nullable RelayNode node; // guarded by this
  private boolean wanted; // the same
  private boolean answering; // the same

  TunnelPeers(ConnectionRegistry connections, Supplier<Optional<TunnelServer>> server) {
    this.connections = connections;
    this.server = server;
  }

  /** The node of now, or none. */
  synchronized void node(@Nullable RelayNode next) {
    if (next == node) return;
    node = next;
    answering = false;
    settle();
  }

  @Override
  public Prepared prepare(GatewayConfig next) {
    boolean asked = next.tunnels().server().map(TunnelConfig.Server::libp2p).orElse(false);
    return new Prepared() {
      @Override
      public void commit() {
        synchronized (TunnelPeers.this) {
          wanted = asked;
          settle();
        }
      }

      @Override
      public void discard() {}
    };
  }

  private void settle() {
    RelayNode there = node;
    if (there == null || answering == wanted) return;
    answering = wanted;
    for (String protocol : PROTOCOLS) {
      if (wanted) {
        there
            .host()
            .handle(
                protocol,
                HandlerOptions.DEFAULTS.allowingLimited(),
                (stream, connection) -> opened(stream, connection, protocol));
      } else {
        there.host().unhandle(protocol);
      }
    }
  }

  private void opened(StreamChannel stream, Connection connection, String protocol) {
    Optional<TunnelServer> there = server.get();
    if (there.isEmpty()) {
      var _ = stream.reset(0);
      return;
    }
    stream.config().setAutoRead(false);
    there
        .get()
        .peer(
            stream,
            connections.register(stream, "tunnels/libp2p", stream.remoteAddress()),
            connection.remote().toString(),
            protocol);
  }

  /** A stream to a server that is a peer. */
  CompletionStage<Channel> open(String address, String protocol, Duration timeout) {
    RelayNode there;
    synchronized (this) {
      there = node;
    }
    try {
      Multiaddr whole = Multiaddr.parse(address);
      PeerId peer =
          whole.peerId().orElseThrow(() -> new MalformedException("no peer id at its end"));
      Destination to = new Destination.Peer(peer.toString(), protocol);
      if (there == null) {
        return CompletableFuture.failedFuture(
            new DialException.Unreachable(to, false, "no libp2p node is configured: add `relay`"));
      }
      RelayNode by = there;
      return by.connect(peer, List.of(whole))
          .thenCompose(
              connection ->
                  by.host()
                      .open(
                          connection,
                          List.of(protocol),
                          stream -> stream.config().setAutoRead(false)))
          .<Channel>thenApply(stream -> stream)
          .toCompletableFuture()
          .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (MalformedException malformed) {
      return CompletableFuture.failedFuture(malformed);
    }
  }
}
