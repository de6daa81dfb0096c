package io.fairlead.net.http2;

import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.listen.LeaveEvent;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/** Waits for the end of the TLS handshake, which says the version, and leaves the pipeline. */
final class HandshakeEnd extends ChannelInboundHandlerAdapter {
  private final NegotiatedEdge.Entrance entrance;

  HandshakeEnd(NegotiatedEdge.Entrance entrance) {
    this.entrance = entrance;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent handshake when handshake.isSuccess() -> {
        ctx.pipeline().remove(this);
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        entrance.enter(
            tls != null && "h2".equals(tls.applicationProtocol()), Unpooled.EMPTY_BUFFER);
      }
      case DrainEvent _, LeaveEvent _ -> {
        var _ = ctx.close(); // has asked nothing yet
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
  }
}
