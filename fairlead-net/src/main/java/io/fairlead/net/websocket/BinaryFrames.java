package io.fairlead.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Binary frames to bytes and back; where frames begin and end means nothing. Text ends the
 * connection with 1003 (RFC 6455 §7.4.1). Confined to the event loop; one for each connection.
 */
public final class BinaryFrames extends ChannelDuplexHandler {
  private final Pongs pongs = new Pongs();
  private boolean failed; // what comes behind text is not looked at (RFC 6455 §7.1.7)

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (failed) {
      ReferenceCountUtil.release(message);
      return;
    }
    switch (message) {
      case BinaryWebSocketFrame frame -> ctx.fireChannelRead(frame.content());
      case ContinuationWebSocketFrame frame -> ctx.fireChannelRead(frame.content());
      case PingWebSocketFrame ping -> pongs.answer(ctx, ping);
      case PongWebSocketFrame pong -> pong.release();
      case CloseWebSocketFrame close ->
          ctx.writeAndFlush(close).addListener(ChannelFutureListener.CLOSE);
      case WebSocketFrame other -> {
        other.release();
        failed = true;
        ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_MESSAGE_TYPE))
            .addListener(ChannelFutureListener.CLOSE);
      }
      default -> ctx.fireChannelRead(message);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pongs.writabilityChanged(ctx);
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    pongs.forget();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof ByteBuf bytes && bytes.isReadable()) {
      ctx.write(new BinaryWebSocketFrame(bytes), promise);
    } else {
      ctx.write(message, promise);
    }
  }
}
