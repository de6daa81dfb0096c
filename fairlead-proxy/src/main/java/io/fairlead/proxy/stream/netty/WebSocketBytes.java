package io.fairlead.proxy.stream.netty;

import io.fairlead.net.splice.EndingWords;
import io.fairlead.net.websocket.Pongs;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on one side, WebSocket frames on the other (RFC 6455). Behind the frame codec. What is
 * written goes out as binary frames; the content of data frames of both kinds comes in as bytes.
 * Pings every 30 s; a peer silent for another 30 s is gone.
 *
 * <p>The end of the stream is a close frame: 1000 in order, 1011 after a failure of the other side,
 * 1001 otherwise. A close frame ends both directions, so what is under way to a peer that sent one
 * is dropped.
 */
final class WebSocketBytes extends ChannelDuplexHandler implements EndingWords {
  private static final long PING_SECONDS = 30;
  private static final int NORMAL = 1000; // RFC 6455 §7.4.1
  private static final int GOING_AWAY = 1001;
  private static final int INTERNAL_ERROR = 1011;

  private final Pongs pongs = new Pongs();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> pings;
  private boolean heard = true;
  private boolean closeSent;
  private boolean closeReceived;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    pings =
        ctx.executor()
            .scheduleAtFixedRate(this::ping, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (pings != null) pings.cancel(false);
    pongs.forget();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext own = context;
    if (own == null) throw new IllegalStateException("not in a pipeline");
    return own;
  }

  private void ping() {
    if (closeSent) return;
    if (!heard) {
      closeWith(INTERNAL_ERROR);
      return;
    }
    heard = false;
    context().writeAndFlush(new PingWebSocketFrame());
  }

  // ---- in ----------------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    heard = true;
    if (!(message instanceof WebSocketFrame frame)) {
      ReferenceCountUtil.release(message);
      return;
    }
    switch (frame) {
      case PingWebSocketFrame ping -> {
        if (closeSent) ping.release();
        else pongs.answer(ctx, ping);
      }
      case PongWebSocketFrame pong -> pong.release();
      case CloseWebSocketFrame close -> {
        closeReceived = true;
        int status = close.statusCode();
        close.release();
        if (!closeSent) send(status < 0 ? NORMAL : status);
        ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      }
      default -> {
        if (closeReceived || !frame.content().isReadable()) frame.release();
        else ctx.fireChannelRead(frame.content()); // the reference goes with it
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException) {
      closeSent = true; // the decoder said why, and closes
    }
    ctx.fireExceptionCaught(cause);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    pongs.writabilityChanged(ctx);
    ctx.fireChannelWritabilityChanged();
  }

  // ---- out ---------------------------------------------------------------------------------

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.write(message, promise);
    } else if (closeSent || !bytes.isReadable()) {
      bytes.release();
      if (!promise.isVoid()) promise.trySuccess();
    } else {
      ctx.write(new BinaryWebSocketFrame(bytes), promise);
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (closeSent || !ctx.channel().isActive()) {
      ctx.close(promise);
    } else {
      send(GOING_AWAY).addListener(_ -> ctx.close(promise));
    }
  }

  @Override
  public ChannelFuture endOutput() {
    return closeSent ? context().newSucceededFuture() : send(NORMAL);
  }

  @Override
  public void abort() {
    closeWith(INTERNAL_ERROR);
  }

  @Override
  public boolean deaf() {
    return closeReceived;
  }

  private void closeWith(int status) {
    ChannelHandlerContext ctx = context();
    if (closeSent) ctx.close();
    else send(status).addListener(ChannelFutureListener.CLOSE);
  }

  private ChannelFuture send(int status) {
    closeSent = true;
    pongs.forget();
    return context().writeAndFlush(new CloseWebSocketFrame(status, ""));
  }
}
