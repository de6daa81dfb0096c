package io.fairlead.tunnel.agent.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Waits for TLS and leaves, with {@code autoRead} off. Confined to the channel's event loop. */
final class Secured extends ChannelInboundHandlerAdapter {
  private final SslHandler tls;
  private final Optional<String> protocol;
  private final CompletableFuture<Channel> result;

  /**
   * @param protocol which must be agreed on
   */
  Secured(SslHandler tls, Optional<String> protocol, CompletableFuture<Channel> result) {
    this.tls = tls;
    this.protocol = protocol;
    this.result = result;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof SslHandshakeCompletionEvent handshake)) return;
    ctx.channel().config().setAutoRead(false);
    if (!handshake.isSuccess()) {
      fail(ctx, handshake.cause());
    } else if (protocol.isPresent() && !protocol.get().equals(tls.applicationProtocol())) {
      fail(ctx, new IOException("no tunnel server"));
    } else {
      ctx.pipeline().remove(this);
      if (!result.complete(ctx.channel())) ctx.channel().close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable broken) {
    fail(ctx, broken);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new IOException("closed"));
  }

  private void fail(ChannelHandlerContext ctx, Throwable why) {
    ctx.close();
    result.completeExceptionally(why);
  }
}
