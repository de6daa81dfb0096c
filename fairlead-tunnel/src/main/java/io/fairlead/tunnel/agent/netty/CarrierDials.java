package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.time.Clock;
import io.fairlead.net.chain.HopDialer;
import io.fairlead.net.chain.ProxyHop;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.splice.Crossing;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.net.websocket.WebSocketAsk;
import io.fairlead.tunnel.carrier.netty.CarrierPeer;
import io.fairlead.tunnel.carrier.netty.CarrierSocket;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Connects to tunnel servers, straight or through a proxy, over TLS or a web socket, and secures
 * the connection. Any thread.
 */
public final class CarrierDials {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final String WEB = "http/1.1";

  private final EventLoops loops;
  private final DirectDialer dialer;
  private final PeerWay peers;
  private final DestinationGuard guard;
  private final StreamLinks links;
  private final StreamLinks.Settings link;
  private final Clock clock;
  // Nobody is known by it: what counts is the carrier's own TLS within.
  private final ClientTls envelope = ClientTls.insecure().offering(List.of(WEB));

  public CarrierDials(
      EventLoops loops,
      DirectDialer dialer,
      PeerWay peers,
      DestinationGuard guard,
      StreamLinks links,
      StreamLinks.Settings link,
      Clock clock) {
    this.loops = loops;
    this.dialer = dialer;
    this.peers = peers;
    this.guard = guard;
    this.links = links;
    this.link = link;
    this.clock = clock;
  }

  EventLoop loop() {
    return loops.next();
  }

  StreamLinks links() {
    return links;
  }

  StreamLinks.Settings link() {
    return link;
  }

  /**
   * A connection behind TLS, with {@code autoRead} off; completes on {@code loop}.
   *
   * @param protocol which of {@link CarrierTls}
   */
  CompletableFuture<Channel> dial(
      EventLoop loop, AgentSettings settings, ServerAddress server, String protocol) {
    return switch (server) {
      case ServerAddress.Secured(Destination.HostPort at) ->
          connected(loop, settings, at)
              .thenCompose(channel -> sealed(channel, settings, at, protocol));
      case ServerAddress.Socket socket ->
          connected(loop, settings, socket.at())
              .thenCompose(channel -> socket(channel, settings, socket, protocol));
      case ServerAddress.Peer(String address) -> peer(loop, address, protocol);
    };
  }

  private CompletableFuture<Channel> connected(
      EventLoop loop, AgentSettings settings, Destination.HostPort to) {
    return towards(loop, settings.proxy()).dial(to, CONNECT).toCompletableFuture();
  }

  /** A stream lives on its connection's loop, which is seldom ours. */
  private CompletableFuture<Channel> peer(EventLoop loop, String address, String protocol) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        peers
            .open(address, CarrierPeer.protocol(protocol), CONNECT)
            .whenComplete(
                (stream, failure) -> {
                  if (stream == null) {
                    loop.execute(() -> result.completeExceptionally(failure));
                  } else {
                    stream.eventLoop().execute(() -> Crossing.deliver(stream, loop, result));
                  }
                });
    return result;
  }

  private Dialer<Channel> towards(EventLoop loop, Optional<ProxyHop> proxy) {
    Dialer<Channel> straight = dialer.on(loop, guard);
    return proxy.isEmpty()
        ? straight
        : new HopDialer(List.of(new HopDialer.Way(proxy, straight)), loop, clock);
  }

  /** A carrier's TLS on a connection, or on a web socket as if it were one. */
  private static CompletableFuture<Channel> sealed(
      Channel channel, AgentSettings settings, Destination.HostPort server, String protocol) {
    return secure(
        channel,
        CarrierTls.HANDLER,
        () -> carrierTls(channel, settings, server, protocol),
        protocol);
  }

  /**
   * A web socket. With channel bindings it carries a carrier's TLS; without, it is the carrier, and
   * its own TLS is what the server is known by.
   */
  private CompletableFuture<Channel> socket(
      Channel channel, AgentSettings settings, ServerAddress.Socket server, String protocol) {
    Destination.HostPort at = server.at();
    String subprotocol = settings.bound() ? CarrierSocket.SEALED : CarrierSocket.bare(protocol);
    return secure(
            channel,
            "tls",
            () ->
                settings.bound()
                    ? envelope.newHandler(channel.alloc(), at.host(), at.port())
                    : CarrierTls.web(settings.trust(), WEB)
                        .newHandler(channel.alloc(), name(settings, at), at.port()),
            null)
        .thenCompose(secured -> WebSocketAsk.over(secured, server.uri(), subprotocol, CONNECT))
        .thenCompose(
            opened ->
                settings.bound()
                    ? sealed(opened, settings, at, protocol)
                    : CompletableFuture.completedFuture(opened));
  }

  private static SslHandler carrierTls(
      Channel channel, AgentSettings settings, Destination.HostPort server, String protocol)
      throws SSLException {
    return CarrierTls.client(settings.trust(), settings.shown(), protocol)
        .newHandler(channel.alloc(), name(settings, server), server.port());
  }

  private static String name(AgentSettings settings, Destination.HostPort server) {
    return settings.serverName().orElse(server.host());
  }

  /** Makes a handler. */
  private interface Engine {
    SslHandler make() throws SSLException;
  }

  /**
   * @param protocol which must be agreed on; null: any, or none
   */
  private static CompletableFuture<Channel> secure(
      Channel channel, String name, Engine engine, @Nullable String protocol) {
    SslHandler tls;
    try {
      tls = engine.make();
    } catch (SSLException unfit) {
      channel.close();
      return CompletableFuture.failedFuture(unfit);
    }
    tls.setHandshakeTimeoutMillis(CONNECT.toMillis());
    CompletableFuture<Channel> result = new CompletableFuture<>();
    if (name.equals(CarrierTls.HANDLER)) CarrierTls.install(channel, tls);
    else channel.pipeline().addLast(name, tls);
    channel.pipeline().addLast("secured", new Secured(tls, Optional.ofNullable(protocol), result));
    channel.config().setAutoRead(true);
    return result;
  }
}
