package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Http2Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the frame reader and the decoder and counts what costs a client nothing and us
 * something: resets, control frames, frames that carry nothing (RFC 9113 §10.5). Beyond a bound the
 * connection ends with ENHANCE_YOUR_CALM. Confined to one event loop.
 */
final class FrameGuard implements Http2FrameReader, Http2FrameListener {
  /** What went beyond its bound; the lower-case name is a meter's tag. */
  enum Abuse {
    /** The client took back too many requests. */
    RESETS,
    /** The client made us reset too many streams. */
    PROVOKED_RESETS,
    /** Too many SETTINGS, PING, PRIORITY or unknown frames. */
    CONTROL_FRAMES,
    /** Too many frames in a row that carry nothing. */
    EMPTY_FRAMES
  }

  private final Http2FrameReader reader;
  private final Http2Limits limits;
  private final Clock clock;
  private final Rate resets;
  private final Rate provoked;
  private final Rate settings;
  private final Rate pings;
  private final Rate others;
  private @Nullable Http2FrameListener next;
  private @Nullable Abuse abuse;
  private int emptyInARow;
  private long frames;

  FrameGuard(Http2FrameReader reader, Http2Limits limits, Clock clock) {
    this.reader = reader;
    this.limits = limits;
    this.clock = clock;
    resets = new Rate(limits.resets(), limits.resetsWithin().toNanos());
    provoked = new Rate(limits.resets(), limits.resetsWithin().toNanos());
    settings = new Rate(limits.controlFrames(), limits.controlWithin().toNanos());
    pings = new Rate(limits.controlFrames(), limits.controlWithin().toNanos());
    others = new Rate(limits.controlFrames(), limits.controlWithin().toNanos());
  }

  /** Frames seen so far: a number that stands still while bytes come shows a head in pieces. */
  long frames() {
    return frames;
  }

  /** What ended the connection, if anything here did. */
  @Nullable Abuse abuse() {
    return abuse;
  }

  /** We had to reset a stream for what the client did. */
  void provokedReset() throws Http2Exception {
    count(provoked, Abuse.PROVOKED_RESETS);
  }

  private void count(Rate rate, Abuse what) throws Http2Exception {
    if (rate.exceededAt(clock.nanos())) throw calm(what);
  }

  private Http2Exception calm(Abuse what) {
    abuse = what;
    return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many: %s", what);
  }

  private void carries(boolean something) throws Http2Exception {
    if (something) {
      emptyInARow = 0;
    } else if (++emptyInARow > limits.emptyFrames()) {
      throw calm(Abuse.EMPTY_FRAMES);
    }
  }

  // ---- the reader -------------------------------------------------------------------------

  @Override
  public void readFrame(ChannelHandlerContext ctx, ByteBuf input, Http2FrameListener listener)
      throws Http2Exception {
    next = listener;
    reader.readFrame(ctx, input, this);
  }

  @Override
  public Configuration configuration() {
    return reader.configuration();
  }

  @Override
  public void close() {
    reader.close();
  }

  // ---- frames -----------------------------------------------------------------------------

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    carries(data.isReadable() || endOfStream);
    return next().onDataRead(ctx, streamId, data, padding, endOfStream);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    carries(!headers.isEmpty() || endOfStream);
    next().onHeadersRead(ctx, streamId, headers, padding, endOfStream);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    carries(!headers.isEmpty() || endOfStream);
    // Priorities of RFC 7540 are deprecated (RFC 9113 §5.3.2): the tree they ask for is not kept.
    next().onHeadersRead(ctx, streamId, headers, padding, endOfStream);
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext ctx,
      int streamId,
      int streamDependency,
      short weight,
      boolean exclusive)
      throws Http2Exception {
    frames++;
    count(others, Abuse.CONTROL_FRAMES);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
      throws Http2Exception {
    frames++;
    count(resets, Abuse.RESETS);
    next().onRstStreamRead(ctx, streamId, errorCode);
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
    frames++;
    next().onSettingsAckRead(ctx);
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings wanted)
      throws Http2Exception {
    frames++;
    count(settings, Abuse.CONTROL_FRAMES);
    next().onSettingsRead(ctx, wanted);
  }

  @Override
  public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    frames++;
    count(pings, Abuse.CONTROL_FRAMES);
    next().onPingRead(ctx, data);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
    frames++;
    next().onPingAckRead(ctx, data);
  }

  @Override
  public void onPushPromiseRead(
      ChannelHandlerContext ctx,
      int streamId,
      int promisedStreamId,
      Http2Headers headers,
      int padding)
      throws Http2Exception {
    next().onPushPromiseRead(ctx, streamId, promisedStreamId, headers, padding);
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData)
      throws Http2Exception {
    frames++;
    next().onGoAwayRead(ctx, lastStreamId, errorCode, debugData);
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment)
      throws Http2Exception {
    frames++;
    next().onWindowUpdateRead(ctx, streamId, increment);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext ctx, byte frameType, int streamId, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    frames++;
    count(others, Abuse.CONTROL_FRAMES);
    next().onUnknownFrame(ctx, frameType, streamId, flags, payload);
  }

  private Http2FrameListener next() {
    Http2FrameListener listener = next;
    if (listener == null) throw new IllegalStateException("no listener");
    frames++;
    return listener;
  }

  /** How often something may happen within a time, counted from its first time. */
  private static final class Rate {
    private final long max;
    private final long withinNanos;
    private long sinceNanos;
    private long count;

    Rate(Limit limit, long withinNanos) {
      this.max =
          switch (limit) {
            case Limit.Unlimited _ -> Long.MAX_VALUE;
            case Limit.AtMost(long most) -> most;
          };
      this.withinNanos = withinNanos;
    }

    boolean exceededAt(long nowNanos) {
      if (count == 0 || nowNanos - sinceNanos >= withinNanos) {
        sinceNanos = nowNanos;
        count = 0;
      }
      return ++count > max;
    }
  }
}
