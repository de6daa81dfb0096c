package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.tunnel.carrier.netty.CarrierTls;
import io.fairlead.tunnel.carrier.netty.WholeRecords;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;

/** Connects to tunnel servers and secures the connection. Any thread. */
public final class CarrierDials {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final EventLoops loops;
  private final DirectDialer dialer;
  private final DestinationGuard guard;
  private final StreamLinks links;
  private final StreamLinks.Settings link;

  public CarrierDials(
      EventLoops loops,
      DirectDialer dialer,
      DestinationGuard guard,
      StreamLinks links,
      StreamLinks.Settings link) {
    this.loops = loops;
    this.dialer = dialer;
    this.guard = guard;
    this.links = links;
    this.link = link;
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
      EventLoop loop, AgentSettings settings, Destination.HostPort server, String protocol) {
    CompletableFuture<Channel> result = new CompletableFuture<>();
    var _ =
        dialer
            .on(loop, guard)
            .dial(server, CONNECT)
            .whenComplete(
                (channel, failure) -> {
                  if (channel == null) result.completeExceptionally(cause(failure));
                  else secure(channel, settings, server, protocol, result);
                });
    return result;
  }

  private static Throwable cause(Throwable failure) {
    return failure == null ? new IOException("no connection") : failure;
  }

  private static void secure(
      Channel channel,
      AgentSettings settings,
      Destination.HostPort server,
      String protocol,
      CompletableFuture<Channel> result) {
    SslHandler tls;
    try {
      SslContext context = CarrierTls.client(settings.trust(), settings.shown(), protocol);
      tls =
          context.newHandler(
              channel.alloc(), settings.serverName().orElse(server.host()), server.port());
    } catch (SSLException unfit) {
      channel.close();
      result.completeExceptionally(unfit);
      return;
    }
    tls.setHandshakeTimeoutMillis(CONNECT.toMillis());
    channel.pipeline().addLast("records", new WholeRecords());
    channel.pipeline().addLast("tls", tls);
    channel
        .pipeline()
        .addLast(
            "secured",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (!(event instanceof SslHandshakeCompletionEvent handshake)) return;
                ctx.channel().config().setAutoRead(false);
                if (!handshake.isSuccess()) {
                  ctx.close();
                  result.completeExceptionally(cause(handshake.cause()));
                } else if (!protocol.equals(tls.applicationProtocol())) {
                  ctx.close();
                  result.completeExceptionally(new IOException("no tunnel server"));
                } else {
                  ctx.pipeline().remove(this);
                  if (!result.complete(ctx.channel())) ctx.channel().close();
                }
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable broken) {
                ctx.close();
                result.completeExceptionally(broken);
              }

              @Override
              public void channelInactive(ChannelHandlerContext ctx) {
                result.completeExceptionally(new IOException("closed"));
              }
            });
    channel.config().setAutoRead(true);
  }
}
