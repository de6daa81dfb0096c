package io.fairlead.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one peer's pings. While the peer takes nothing, only the newest ping waits for its
 * answer (RFC 6455 §5.5.3): one that asks on and on without reading fills no memory. Confined to
 * the channel's event loop.
 */
public final class Pongs {
  private @Nullable ByteBuf waiting;

  /** Answers now, or when there is room. Takes ownership. */
  public void answer(ChannelHandlerContext ctx, PingWebSocketFrame ping) {
    if (ctx.channel().isWritable()) {
      var _ = ctx.writeAndFlush(new PongWebSocketFrame(ping.content()));
      return;
    }
    forget();
    waiting = Unpooled.copiedBuffer(ping.content()); // its buffer is a whole read
    ping.release();
  }

  /** The channel's writability changed. */
  public void writabilityChanged(ChannelHandlerContext ctx) {
    ByteBuf newest = waiting;
    if (newest == null || !ctx.channel().isWritable()) return;
    waiting = null;
    var _ = ctx.writeAndFlush(new PongWebSocketFrame(newest));
  }

  /** Answers nothing that waits. */
  public void forget() {
    if (waiting != null) waiting.release();
    waiting = null;
  }
}
