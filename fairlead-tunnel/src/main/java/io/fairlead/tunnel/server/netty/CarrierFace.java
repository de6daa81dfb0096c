package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.SourceTable;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.tunnel.carrier.netty.CarrierPeer;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.proof.Proof;
import io.fairlead.tunnel.session.Bond;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What agents see: TLS, then a carrier. Shared by all event loops. */
final class CarrierFace implements Face {
  /** What a connection is met with; asked for once per connection. */
  record Terms(
      Optional<SslContext> tls,
      boolean bound,
      Limit carriers,
      Limit carriersPerSource,
      Duration login,
      StreamLinks.Settings settings) {}

  private final Hub hub;
  private final StreamLinks links;
  private final Visitors visitors;
  private final Supplier<Terms> terms;
  private final Randomness randomness;
  private final AtomicInteger open = new AtomicInteger();
  private final SourceTable sources = new SourceTable();

  CarrierFace(
      Hub hub, StreamLinks links, Visitors visitors, Supplier<Terms> terms, Randomness randomness) {
    this.hub = hub;
    this.links = links;
    this.visitors = visitors;
    this.terms = terms;
    this.randomness = randomness;
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    Optional<SourcePrefix> source =
        connection.remote() instanceof InetSocketAddress inet && inet.getAddress() != null
            ? Optional.of(SourcePrefix.of(inet.getAddress()))
            : Optional.empty();
    if (!enter(source)) {
      connection.cut("carriers_per_ip");
      return;
    }
    channel.closeFuture().addListener(_ -> leave(source));
    attachSecured(channel, connection);
  }

  /**
   * Counts a carrier of a source, however it comes; {@link #leave} ends it.
   *
   * @return whether the source may have one more
   */
  boolean enter(Optional<SourcePrefix> source) {
    if (source.isEmpty() || sources.enter(source.get(), terms.get().carriersPerSource())) {
      return true;
    }
    hub.meters().met(ServerMeters.Limited.CARRIERS_PER_IP);
    return false;
  }

  void leave(Optional<SourcePrefix> source) {
    source.ifPresent(sources::leave);
  }

  /** What brings TLS of its own, and whose source is counted. */
  void attachSecured(Channel channel, LiveConnection connection) {
    connection.kind("tunnel_carrier");
    Terms now = terms.get();
    if (now.tls().isEmpty()) {
      connection.cut("no_certificate"); // it is still being ordered
      return;
    }
    if (!enter(channel, connection, now.carriers())) return;
    SslHandler tls = now.tls().get().newHandler(channel.alloc());
    tls.setHandshakeTimeout(now.login().toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    CarrierTls.install(channel, tls);
    channel.pipeline().addLast("carrier", new Handshake(connection, now));
    channel.config().setAutoRead(true);
  }

  /** Takes a place for a connection, if there may be one more; else it is cut. */
  private boolean enter(Channel channel, LiveConnection connection, Limit most) {
    int now = open.incrementAndGet();
    channel.closeFuture().addListener(_ -> open.decrementAndGet());
    if (most.admits(now)) return true;
    hub.meters().met(ServerMeters.Limited.CARRIERS);
    connection.cut("carriers");
    return false;
  }

  /** Whether proofs count on the carrier's own TLS only. */
  boolean bound() {
    return terms.get().bound();
  }

  /**
   * The same as {@link #attachSecured} for what comes without TLS of its own, where that is
   * allowed.
   */
  void attachBare(Channel channel, LiveConnection connection, String protocol) {
    connection.kind("tunnel_carrier");
    Terms now = terms.get();
    if (now.tls().isEmpty() || now.bound()) {
      connection.cut("not_now");
      return;
    }
    if (!enter(channel, connection, now.carriers())) return;
    arrived(channel, connection, CarrierTls.bond(channel, false), now, protocol);
  }

  /** The same for a stream of a peer whose key its connection has proved. */
  void attachPeer(Channel stream, LiveConnection connection, AgentKey key, String protocol) {
    connection.kind("tunnel_carrier");
    Terms now = terms.get();
    if (now.tls().isEmpty()) {
      connection.cut("not_now");
      return;
    }
    if (!enter(stream, connection, now.carriers())) return;
    Bond bond =
        new Bond(Binary.of(new byte[Proof.EXPORTER_BYTES]), Optional.empty(), Optional.of(key));
    arrived(stream, connection, bond, now, CarrierPeer.secured(protocol));
  }

  /** Whether that is a protocol of ours. */
  private boolean arrived(
      Channel channel, LiveConnection connection, Bond bond, Terms now, String protocol) {
    switch (protocol) {
      case CarrierTls.AGENT ->
          new ServerCarrier(hub, channel, connection, bond, now.login(), randomness)
              .begin(links, now.settings());
      case CarrierTls.VISITOR ->
          visitors.arrived(channel, connection, bond, now.login(), now.settings());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Waits for TLS. What goes wrong here is the client's affair. */
  private final class Handshake extends ChannelInboundHandlerAdapter {
    private final LiveConnection connection;
    private final Terms now;

    Handshake(LiveConnection connection, Terms now) {
      this.connection = connection;
      this.now = now;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
        ctx.fireUserEventTriggered(event);
        return;
      }
      if (!handshake.isSuccess()) {
        hub.meters().refused("tls");
        if (handshake.cause() instanceof SslHandshakeTimeoutException) {
          hub.meters().met(ServerMeters.Limited.LOGIN_TIME);
        }
        var _ = ctx.close();
        return;
      }
      ctx.channel().config().setAutoRead(false);
      SslHandler tls = (SslHandler) ctx.pipeline().get(CarrierTls.HANDLER);
      Bond bond = CarrierTls.bond(ctx.channel(), now.bound());
      String protocol = String.valueOf(tls.applicationProtocol());
      if (arrived(ctx.channel(), connection, bond, now, protocol)) {
        ctx.pipeline().remove(this);
      } else {
        hub.meters().refused("protocol");
        var _ = ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var _ = ctx.close();
    }
  }
}
