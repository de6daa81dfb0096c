package io.fairlead.net.listen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;

/** Counts one handshake and keeps its failure from the face, which never saw the connection. */
final class TlsWatch extends ChannelInboundHandlerAdapter {
  private final AcceptGate gate;
  private boolean done;

  TlsWatch(AcceptGate gate) {
    this.gate = gate;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      end();
      gate.meters().handshake(result(handshake), version(ctx, handshake));
      if (handshake.isSuccess()) {
        ctx.fireUserEventTriggered(event);
        ctx.pipeline().remove(this);
      } else {
        var _ = ctx.close();
      }
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close(); // the peer's mistake; counted with the handshake
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
    ctx.fireChannelInactive();
  }

  private void end() {
    if (done) return;
    done = true;
    gate.endHandshake();
  }

  private static String result(SslHandshakeCompletionEvent handshake) {
    if (handshake.isSuccess()) return "ok";
    return handshake.cause() instanceof SslHandshakeTimeoutException ? "timeout" : "failed";
  }

  private static String version(ChannelHandlerContext ctx, SslHandshakeCompletionEvent handshake) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (!handshake.isSuccess() || tls == null) return "none";
    String protocol = tls.engine().getSession().getProtocol();
    return protocol.startsWith("TLSv") ? protocol.substring("TLSv".length()) : "none";
  }
}
