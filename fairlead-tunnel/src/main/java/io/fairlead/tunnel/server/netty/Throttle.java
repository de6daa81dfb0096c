package io.fairlead.tunnel.server.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.rate.ByteBucket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * How fast bytes may go, in each direction, of all streams together that share it: those of an
 * agent, a service, a visitor. A burst of a tenth of a second passes at once; beyond it a stream
 * stops reading until its share is due. Any thread.
 */
final class Throttle {
  private final ByteBucket in;
  private final ByteBucket out;

  Throttle(Clock clock) {
    in = new ByteBucket(clock);
    out = new ByteBucket(clock);
  }

  void limit(OptionalLong rate) {
    in.rate(rate);
    out.rate(rate);
  }

  /**
   * Counts what a stream of the agent carries, and makes it wait for its share. The first handler
   * of the stream's channel; bytes read come from the agent.
   */
  static final class Gauge extends ChannelDuplexHandler {
    private final List<Throttle> throttles;
    private final Figures figures;
    private boolean resting;

    /**
     * @param throttles all of which bound it
     */
    Gauge(List<Throttle> throttles, Figures figures) {
      this.throttles = List.copyOf(throttles);
      this.figures = figures;
    }

    private long takeIn(int bytes) {
      long rest = 0;
      for (int i = 0; i < throttles.size(); i++) {
        rest = Math.max(rest, throttles.get(i).in.take(bytes));
      }
      return rest;
    }

    private long takeOut(int bytes) {
      long rest = 0;
      for (int i = 0; i < throttles.size(); i++) {
        rest = Math.max(rest, throttles.get(i).out.take(bytes));
      }
      return rest;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof ByteBuf bytes) {
        int count = bytes.readableBytes();
        figures.sent.add(count);
        rest(ctx, takeIn(count));
      }
      ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (message instanceof ByteBuf bytes) {
        int count = bytes.readableBytes();
        figures.received.add(count);
        // Who writes stops when the channel is full: bytes that wait here keep it so.
        long wait = takeOut(count);
        if (wait > 0) hold(ctx, wait);
      }
      ctx.write(message, promise);
    }

    private void rest(ChannelHandlerContext ctx, long nanos) {
      if (nanos <= 0 || resting) return;
      resting = true;
      StreamLinks.hold(ctx.channel());
      var _ =
          ctx.executor()
              .schedule(
                  () -> {
                    resting = false;
                    StreamLinks.deliver(ctx.channel());
                  },
                  nanos,
                  TimeUnit.NANOSECONDS);
    }

    private static void hold(ChannelHandlerContext ctx, long nanos) {
      var buffer = ctx.channel().unsafe().outboundBuffer();
      if (buffer == null || !buffer.getUserDefinedWritability(1)) return;
      buffer.setUserDefinedWritability(1, false);
      var _ =
          ctx.executor()
              .schedule(
                  () -> {
                    var then = ctx.channel().unsafe().outboundBuffer();
                    if (then != null) then.setUserDefinedWritability(1, true);
                  },
                  nanos,
                  TimeUnit.NANOSECONDS);
    }
  }
}
