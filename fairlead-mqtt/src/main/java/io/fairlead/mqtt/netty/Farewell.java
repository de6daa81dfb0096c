package io.fairlead.mqtt.netty;

import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.websocket.BinaryFrames;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose client may still be sending: our direction is closed, and what
 * comes is thrown away until the client ends, for 1 s and 256 KiB at most. A close with unread
 * bytes would be a reset that destroys the last word on its way. Confined to the event loop.
 */
final class Farewell {
  private static final int BYTES_MAX = 256 * 1024;
  private static final long SECONDS = 1;

  private int bytes;
  private boolean begun;

  /** After the last word was written. Once; later calls do nothing. */
  void begin(ChannelHandlerContext ctx) {
    if (begun) return;
    begun = true;
    Channel channel = ctx.channel();
    if (channel.pipeline().get(BinaryFrames.class) != null) {
      ctx.writeAndFlush(new CloseWebSocketFrame(1000, "")).addListener(_ -> endOutput(ctx));
    } else {
      ctx.writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(_ -> endOutput(ctx));
    }
    channel.config().setAutoRead(true);
    var _ = // the channel may be closed by then
        ctx.executor().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
  }

  private static void endOutput(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound().addListener(_ -> shutdown(channel));
    } else {
      shutdown(channel);
    }
  }

  private static void shutdown(Channel channel) {
    if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      channel.close();
    }
  }

  /** When the listener goes: how long one client waits for its turn, of all within the spread. */
  static long delayNanos(DrainEvent drain, Duration spread, long nowNanos) {
    double whole = Math.max(1, drain.deadlineNanos() - nowNanos);
    double share = Math.clamp((drain.idleCloseNanos() - nowNanos) / whole, 0, 1);
    long delay = (long) (spread.toNanos() * share);
    return Math.min(delay, Math.max(0, drain.idleCloseNanos() - nowNanos));
  }

  /** Counts what is thrown away; returns whether that was more than the bound. */
  boolean full(int more) {
    bytes += more;
    return bytes > BYTES_MAX;
  }
}
