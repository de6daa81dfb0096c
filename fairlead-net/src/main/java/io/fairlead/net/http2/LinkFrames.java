package io.fairlead.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;

/**
 * Writes the frames of a {@link StreamLink}. A full DATA frame and its head fill one TLS record
 * (RFC 8446 §5.1): who receives them finds whole frames in every record, and copies nothing to put
 * two halves together. Both are one array already, which TLS would make of them otherwise. Confined
 * to one event loop.
 */
final class LinkFrames extends DefaultHttp2FrameWriter {
  private static final int HEAD_BYTES = 9;
  private static final int RECORD_BYTES = 16 * 1024;

  /** Payload of a frame that fills a record. */
  static final int PAYLOAD = RECORD_BYTES - HEAD_BYTES;

  /**
   * What a stream may send before it is the next one's turn: what a socket takes at a time, so that
   * its frames come in a row and leave the other end by one write.
   */
  static final int TURN = 4 * PAYLOAD;

  private static final int DATA = 0;
  private static final int END_STREAM = 1;

  LinkFrames(SensitivityDetector secrets) {
    super(secrets);
  }

  @Override
  public ChannelFuture writeData(
      ChannelHandlerContext ctx,
      int streamId,
      ByteBuf data,
      int padding,
      boolean endStream,
      ChannelPromise promise) {
    if (padding > 0) {
      return super.writeData(ctx, streamId, data, padding, endStream, promise);
    }
    int left = data.readableBytes();
    while (left > PAYLOAD) {
      // What becomes of the last one becomes of all: a connection that fails, fails as a whole.
      ctx.write(frame(ctx, data, PAYLOAD, 0, streamId), ctx.voidPromise());
      left -= PAYLOAD;
    }
    ByteBuf last = frame(ctx, data, left, endStream ? END_STREAM : 0, streamId);
    data.release();
    return ctx.write(last, promise);
  }

  private static ByteBuf frame(
      ChannelHandlerContext ctx, ByteBuf data, int payload, int flags, int streamId) {
    return ctx.alloc()
        .heapBuffer(HEAD_BYTES + payload)
        .writeMedium(payload)
        .writeByte(DATA)
        .writeByte(flags)
        .writeInt(streamId)
        .writeBytes(data, payload);
  }
}
