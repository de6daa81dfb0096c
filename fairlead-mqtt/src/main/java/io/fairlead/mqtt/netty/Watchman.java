package io.fairlead.mqtt.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.ReasonCode;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The times of one connection: CONNECT and its answer, keep alive, a packet that does not end, a
 * receiver that does not read. One timer of each kind at most. Confined to the event loop.
 */
final class Watchman {
  private final MqttConnection connection;
  private final Clock clock;
  private @Nullable Future<?> arrival;
  private @Nullable Future<?> silence;
  private @Nullable Future<?> frame;
  private @Nullable Future<?> stall;
  private @Nullable Future<?> end;
  private long heardAtNanos;
  private long silenceMaxNanos;

  Watchman(MqttConnection connection, Clock clock) {
    this.connection = connection;
    this.clock = clock;
    this.heardAtNanos = clock.nanos();
  }

  void connectWithin(ChannelHandlerContext ctx, long nanos) {
    arrival = after(ctx, nanos, () -> connection.late(MqttLimit.CONNECT_TIME));
  }

  void admitWithin(ChannelHandlerContext ctx, Duration time) {
    cancel(arrival);
    arrival = after(ctx, time.toNanos(), () -> connection.late(MqttLimit.AUTH_TIME));
  }

  /**
   * @param keepAliveSeconds 0: none
   */
  void connected(ChannelHandlerContext ctx, int keepAliveSeconds) {
    cancel(arrival);
    heardAtNanos = clock.nanos();
    silenceMaxNanos = TimeUnit.MILLISECONDS.toNanos(keepAliveSeconds * 1500L);
    if (silenceMaxNanos > 0) silence = after(ctx, silenceMaxNanos, () -> listen(ctx));
  }

  /** What the client proved itself with stops counting then. */
  void endAt(ChannelHandlerContext ctx, Instant time) {
    long nanos = Math.max(0, Duration.between(clock.wall(), time).toNanos());
    end = after(ctx, nanos, () -> connection.cut(ReasonCode.NOT_AUTHORIZED));
  }

  /** A whole packet came. */
  void heard() {
    heardAtNanos = clock.nanos();
  }

  /**
   * @param timeout from a packet's first byte to its last
   */
  void midFrame(ChannelHandlerContext ctx, boolean midFrame, Duration timeout) {
    if (!midFrame) {
      cancel(frame);
      frame = null;
    } else if (frame == null) {
      long nanos = timeout.toNanos();
      frame = after(ctx, nanos, () -> endless(ctx, nanos));
    }
  }

  /**
   * @param patience with a receiver that does not read and has no room left
   */
  void writable(ChannelHandlerContext ctx, boolean writable, Duration patience) {
    cancel(stall);
    stall = null;
    if (!writable) stall = after(ctx, patience.toNanos(), () -> stalled(ctx, patience));
  }

  void stop() {
    cancel(arrival);
    cancel(silence);
    cancel(frame);
    cancel(stall);
    cancel(end);
  }

  private void listen(ChannelHandlerContext ctx) {
    if (connection.unread()) heard(); // that we hear nothing is our doing
    long left = silenceMaxNanos - (clock.nanos() - heardAtNanos);
    if (left > 0) silence = after(ctx, left, () -> listen(ctx));
    else connection.beyond(MqttLimit.KEEP_ALIVE, ReasonCode.KEEP_ALIVE_TIMEOUT);
  }

  private void endless(ChannelHandlerContext ctx, long nanos) {
    // The packet that is not whole may be a later one than when this was set: it began no earlier
    // than the last whole one ended.
    if (connection.unread()) heard();
    long left = nanos - (clock.nanos() - heardAtNanos);
    if (left > 0) {
      frame = after(ctx, left, () -> endless(ctx, nanos));
      return;
    }
    frame = null;
    connection.beyond(MqttLimit.FRAME_TIME, ReasonCode.UNSPECIFIED_ERROR);
  }

  private void stalled(ChannelHandlerContext ctx, Duration patience) {
    if (connection.full()) connection.beyond(MqttLimit.STALL, ReasonCode.QUOTA_EXCEEDED);
    else stall = after(ctx, patience.toNanos(), () -> stalled(ctx, patience));
  }

  private static Future<?> after(ChannelHandlerContext ctx, long nanos, Runnable action) {
    return ctx.executor().schedule(action, nanos, TimeUnit.NANOSECONDS);
  }

  private static void cancel(@Nullable Future<?> timer) {
    if (timer != null) timer.cancel(false);
  }
}
