package io.fairlead.tunnel.server.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http2.StreamLinks;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast the bytes of one agent may go, in each direction, all its streams together. A burst of a
 * tenth of a second passes at once; beyond it a stream stops reading until its share is due. Any
 * thread.
 */
final class Throttle {
  private static final long BURST_NANOS = 100_000_000L;

  private final Clock clock;
  private volatile long bytesPerSecond;
  // When all that passed so far would have passed at the rate; never further back than the burst.
  private final AtomicLong inDueNanos;
  private final AtomicLong outDueNanos;

  Throttle(Clock clock) {
    this.clock = clock;
    long now = clock.nanos();
    inDueNanos = new AtomicLong(now);
    outDueNanos = new AtomicLong(now);
  }

  Clock clock() {
    return clock;
  }

  void limit(OptionalLong rate) {
    bytesPerSecond = rate.orElse(0);
  }

  /** Counts bytes and says how long their direction must rest, in nanoseconds. */
  private long passed(AtomicLong due, int bytes) {
    long rate = bytesPerSecond;
    if (rate == 0) return 0;
    long now = clock.nanos();
    long costs = (long) (bytes * 1e9 / rate);
    long until =
        due.updateAndGet(last -> (now - last > BURST_NANOS ? now - BURST_NANOS : last) + costs);
    return until - now;
  }

  /**
   * Counts what a stream of the agent carries, and makes it wait for its share. The first handler
   * of the stream's channel; bytes read come from the agent.
   */
  static final class Gauge extends ChannelDuplexHandler {
    private final Throttle throttle;
    private final Figures figures;
    private boolean resting;

    Gauge(Throttle throttle, Figures figures) {
      this.throttle = throttle;
      this.figures = figures;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof ByteBuf bytes) {
        int count = bytes.readableBytes();
        figures.sent.add(count);
        rest(ctx, throttle.passed(throttle.inDueNanos, count));
      }
      ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (message instanceof ByteBuf bytes) {
        int count = bytes.readableBytes();
        figures.received.add(count);
        // Who writes stops when the channel is full: bytes that wait here keep it so.
        long wait = throttle.passed(throttle.outDueNanos, count);
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
