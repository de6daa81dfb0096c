package io.fairlead.net.http2;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;

/**
 * Bounds the answers to control frames that wait because the peer does not read: beyond it the
 * connection ends. Confined to one event loop.
 */
final class ControlBound extends DecoratingHttp2ConnectionEncoder {
  private final int max;
  private final Session session;
  private final ChannelFutureListener written = _ -> this.waiting--;
  private int waiting;

  ControlBound(Http2ConnectionEncoder encoder, int max, Session session) {
    super(encoder);
    this.max = max;
    this.session = session;
  }

  @Override
  public ChannelFuture writeSettingsAck(ChannelHandlerContext ctx, ChannelPromise promise) {
    return super.writeSettingsAck(ctx, counted(promise));
  }

  @Override
  public ChannelFuture writePing(
      ChannelHandlerContext ctx, boolean ack, long data, ChannelPromise promise) {
    return super.writePing(ctx, ack, data, ack ? counted(promise) : promise);
  }

  @Override
  public ChannelFuture writeRstStream(
      ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
    return super.writeRstStream(ctx, streamId, errorCode, counted(promise));
  }

  /** Whether more wait than may. */
  boolean exceeded() {
    return waiting > max;
  }

  private ChannelPromise counted(ChannelPromise promise) {
    if (++waiting > max) session.fail(Http2Error.ENHANCE_YOUR_CALM);
    return promise.unvoid().addListener(written);
  }
}
