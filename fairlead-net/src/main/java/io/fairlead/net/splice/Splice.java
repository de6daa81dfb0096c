package io.fairlead.net.splice;

import io.fairlead.net.listen.DrainDeadline;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.RelayBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two channels joined into one byte stream in each direction. Confined to their event loop; only
 * {@link #cut} may come from another thread.
 *
 * <p>The end of one direction is passed on as the end of that direction only; a reset of one side
 * resets the other. Memory held is bounded by the water marks of the two channels plus one read.
 */
public final class Splice {
  private static final Duration DRAIN_LINGER = Duration.ofSeconds(5);
  private static final int QUIET_TICKS_MAX = 4;

  private final SpliceSide down;
  private final SpliceSide up;
  private final SpliceSettings settings;
  private final SpliceEnd end;
  private final Optional<LiveConnection> connection;
  private boolean over;
  private boolean draining;
  private @Nullable Future<?> tick;
  private @Nullable Future<?> drainTimer;
  private long lastActivity;
  private int quietTicks;

  private Splice(Channel downstream, Channel upstream, SpliceSettings settings, SpliceEnd end) {
    this.settings = settings;
    this.end = end;
    this.connection = ConnectionRegistry.find(downstream);
    this.down = new SpliceSide(this, downstream);
    this.up = new SpliceSide(this, upstream);
  }

  /**
   * Joins two channels. Call on their event loop; both have {@code autoRead} off and no handlers
   * but TLS, or others that turn bytes into bytes ({@link EndingWords}). Takes ownership of both
   * channels and both buffers.
   *
   * @param earlyFromDownstream bytes already read from {@code downstream}, possibly empty
   * @param earlyFromUpstream bytes already read from {@code upstream}, possibly empty
   * @param end hears of the end, possibly before this returns
   * @throws IllegalArgumentException the channels are not on the calling event loop
   */
  public static Splice join(
      Channel downstream,
      Channel upstream,
      ByteBuf earlyFromDownstream,
      ByteBuf earlyFromUpstream,
      SpliceSettings settings,
      SpliceEnd end) {
    if (downstream.eventLoop() != upstream.eventLoop() || !upstream.eventLoop().inEventLoop()) {
      earlyFromDownstream.release();
      earlyFromUpstream.release();
      throw new IllegalArgumentException("channels: expected both on the calling event loop");
    }
    Splice splice = new Splice(downstream, upstream, settings, end);
    splice.begin(earlyFromDownstream, earlyFromUpstream);
    return splice;
  }

  /** Bytes relayed from upstream to downstream. */
  public long sentBytes() {
    return up.relayedBytes();
  }

  /** Bytes relayed from downstream to upstream. */
  public long receivedBytes() {
    return down.relayedBytes();
  }

  /** Ends it at once with a reason; any thread. */
  public void cut(String reason) {
    down.channel().eventLoop().execute(() -> finish(reason, false));
  }

  private void begin(ByteBuf earlyFromDownstream, ByteBuf earlyFromUpstream) {
    RelayBuffers.relay(down.channel(), up.channel());
    RelayBuffers.relay(up.channel(), down.channel());
    down.channel().pipeline().addLast("splice", down);
    up.channel().pipeline().addLast("splice", up);
    down.relay(earlyFromDownstream);
    up.relay(earlyFromUpstream);
    down.flushPeer();
    up.flushPeer();
    schedule(settings.idle());
    down.start();
    up.start();
  }

  boolean over() {
    return over;
  }

  boolean draining() {
    return draining;
  }

  SpliceSide peerOf(SpliceSide side) {
    return side == down ? up : down;
  }

  void relayed(SpliceSide from, int bytes) {
    if (connection.isEmpty()) return;
    if (from == down) {
      connection.get().addReceived(bytes);
    } else {
      connection.get().addSent(bytes);
    }
  }

  void inputEnded(SpliceSide side) {
    if (over) return;
    if (!draining) peerOf(side).endOutput();
    if (down.inputEnded() && up.inputEnded()) {
      finishWhenSent();
    } else if (!draining) {
      schedule(halfCloseLimit());
    }
  }

  void outputEnded() {
    finishWhenSent();
  }

  void failed(SpliceSide side, String reason) {
    if (over) return;
    peerOf(side).abortOnEnd();
    finish(reason, true);
  }

  void inactive(SpliceSide side) {
    if (over) return;
    // A stream of a multiplexed connection is gone once both directions have ended; what came from
    // it may still wait on the other side.
    if (side.inputEnded() && side.outputEnded()) {
      finishWhenSent();
      return;
    }
    Optional<String> cut =
        side == down ? connection.flatMap(LiveConnection::cutReason) : Optional.empty();
    finish(cut.orElse("closed"), false);
  }

  void event(SpliceSide side, Object event) {
    if (event instanceof DrainEvent && side == down && drainTimer == null && !over) {
      drainTimer =
          side.channel()
              .eventLoop()
              .schedule(this::drainNow, settings.drain().toNanos(), TimeUnit.NANOSECONDS);
    } else if (event == DrainDeadline.PASSED && side == down) {
      drainNow();
    }
  }

  // What is still unsent goes out, both sides see the end, and some time is left to read it: a
  // close with unread bytes would turn into a reset that destroys what was sent.
  private void drainNow() {
    if (over || draining) return;
    draining = true;
    cancel(tick);
    cancel(drainTimer);
    down.endOutput();
    up.endOutput();
    down.discardInput();
    up.discardInput();
    tick =
        down.channel()
            .eventLoop()
            .schedule(
                () -> finish("drain_deadline", false),
                DRAIN_LINGER.toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private void finishWhenSent() {
    if (over) return;
    if ((down.deaf() && up.outputEnded()) || (up.deaf() && down.outputEnded())) {
      finish("closed", false); // nothing can be carried in either direction
      return;
    }
    if (!down.inputEnded() || !up.inputEnded()) return;
    if (down.outputEnded() && up.outputEnded())
      finish(draining ? "drain_deadline" : "closed", false);
  }

  private void finish(String reason, boolean abort) {
    if (over) return;
    over = true;
    cancel(tick);
    cancel(drainTimer);
    RelayBuffers.rest(down.channel());
    RelayBuffers.rest(up.channel());
    down.close(abort);
    up.close(abort);
    end.ended(receivedBytes(), sentBytes(), reason);
  }

  private Duration halfCloseLimit() {
    return settings.idle().compareTo(settings.halfClose()) < 0
        ? settings.idle()
        : settings.halfClose();
  }

  // A quarter of the limit per tick, and nothing is measured per read: no clock on the hot path.
  private void schedule(Duration limit) {
    cancel(tick);
    quietTicks = 0;
    lastActivity = activity();
    long everyNanos = Math.max(1, limit.toNanos() / QUIET_TICKS_MAX);
    tick =
        down.channel()
            .eventLoop()
            .scheduleAtFixedRate(this::tick, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
  }

  private void tick() {
    long activity = activity();
    if (activity != lastActivity) {
      lastActivity = activity;
      quietTicks = 0;
      return;
    }
    RelayBuffers.rest(down.channel());
    RelayBuffers.rest(up.channel());
    if (++quietTicks < QUIET_TICKS_MAX) return;
    boolean halfClosed = down.inputEnded() || up.inputEnded();
    finish(halfClosed ? "half_close_timeout" : "idle_timeout", false);
  }

  // Counts bytes received and bytes that left: a slow reader is not idle.
  private long activity() {
    return 2 * (down.relayedBytes() + up.relayedBytes()) - down.pendingBytes() - up.pendingBytes();
  }

  private static void cancel(@Nullable Future<?> timer) {
    if (timer != null) timer.cancel(false);
  }
}
