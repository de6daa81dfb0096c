package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.carrier.netty.WholeRecords;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What agents see: TLS, then a carrier. Shared by all event loops. */
final class CarrierFace implements Face {
  /** What a connection is met with; asked for once per connection. */
  record Terms(
      Optional<SslContext> tls, boolean bound, Duration login, StreamLinks.Settings settings) {}

  private final Hub hub;
  private final StreamLinks links;
  private final Visitors visitors;
  private final Supplier<Terms> terms;
  private final Randomness randomness;
  private final AtomicInteger open = new AtomicInteger();

  CarrierFace(
      Hub hub, StreamLinks links, Visitors visitors, Supplier<Terms> terms, Randomness randomness) {
    this.hub = hub;
    this.links = links;
    this.visitors = visitors;
    this.terms = terms;
    this.randomness = randomness;
  }

  /** Connections now, those that are logging in included. */
  int open() {
    return open.get();
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    connection.kind("tunnel_carrier");
    Terms now = terms.get();
    if (now.tls().isEmpty()) {
      connection.cut("no_certificate"); // it is still being ordered
      return;
    }
    open.incrementAndGet();
    connection.onClosed(open::decrementAndGet);
    SslHandler tls = now.tls().get().newHandler(channel.alloc());
    tls.setHandshakeTimeout(now.login().toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    channel.pipeline().addLast("records", new WholeRecords());
    channel.pipeline().addLast("tls", tls);
    channel.pipeline().addLast("carrier", new Handshake(connection, now));
    channel.config().setAutoRead(true);
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
        var _ = ctx.close();
        return;
      }
      ctx.channel().config().setAutoRead(false);
      String protocol = String.valueOf(ctx.pipeline().get(SslHandler.class).applicationProtocol());
      switch (protocol) {
        case CarrierTls.AGENT ->
            new ServerCarrier(hub, ctx.channel(), connection, now.bound(), now.login(), randomness)
                .begin(links, now.settings());
        case CarrierTls.VISITOR ->
            visitors.arrived(ctx.channel(), connection, now.bound(), now.login(), now.settings());
        default -> {
          hub.meters().refused("protocol");
          var _ = ctx.close();
          return;
        }
      }
      ctx.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var _ = ctx.close();
    }
  }
}
