package io.fairlead.net.listen;

import io.fairlead.net.loop.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers HTTP connections that are not let in: 503 with {@code Retry-After: 1} (RFC 9110 §15.6.4),
 * the end of our stream, and then a second to read it. At most {@value #MAX} at a time; more are
 * closed without a word. Thread-safe.
 */
final class Farewells {
  static final int MAX = 128;
  private static final int READ_MAX = 64 * 1024;
  private static final long LINGER_MILLIS = 1_000;

  private static final ByteBuf ANSWER =
      Unpooled.unreleasableBuffer(
          Unpooled.directBuffer()
              .writeBytes(
                  ("HTTP/1.1 503 Service Unavailable\r\n"
                          + "Retry-After: 1\r\nX-Fairlead-Error: overload\r\n"
                          + "Content-Length: 0\r\nConnection: close\r\n\r\n")
                      .getBytes(StandardCharsets.US_ASCII))
              .asReadOnly());

  private final EventLoops loops;
  private final AtomicInteger open = new AtomicInteger();

  Farewells(EventLoops loops) {
    this.loops = loops;
  }

  /** Takes over a channel that was accepted and is not registered. */
  void say(Channel channel) {
    if (open.incrementAndGet() > MAX) {
      open.decrementAndGet();
      channel.unsafe().closeForcibly();
      return;
    }
    channel.closeFuture().addListener(_ -> open.decrementAndGet());
    channel.pipeline().addLast(new Farewell());
    loops
        .group()
        .register(channel)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) channel.unsafe().closeForcibly();
            });
  }

  /** One of them. */
  private static final class Farewell extends ChannelInboundHandlerAdapter {
    private int read;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Channel channel = ctx.channel();
      var _ = // its end or its failure, the channel goes
          channel.eventLoop().schedule(() -> channel.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
      ctx.writeAndFlush(ANSWER.duplicate())
          .addListener(
              _ -> {
                if (channel instanceof DuplexChannel duplex && channel.isActive()) {
                  var _ = duplex.shutdownOutput(); // the timer closes what is left
                } else {
                  var _ = channel.close();
                }
              });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof ByteBuf bytes) read += bytes.readableBytes();
      ReferenceCountUtil.release(message);
      if (read > READ_MAX) ctx.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // gone before the answer
    }
  }
}
