package io.fairlead.tunnel.carrier.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what comes into whole TLS records (RFC 8446 §5.1), in arrays, ahead of the JDK's engine.
 * That engine deciphers arrays where they are, and anything else piece by piece through copies of
 * its own; and halves of records it is given are copied again when the other half comes. Here each
 * byte is copied once.
 *
 * <p>Holds one record at most. What is no TLS goes on as it comes: the engine says what is wrong.
 * Confined to the event loop.
 */
public final class WholeRecords extends ChannelInboundHandlerAdapter {
  private static final int HEAD_BYTES = 5;
  private static final int TYPE_FIRST = 20;
  private static final int TYPE_LAST = 24;

  /** Of what is enciphered (RFC 8446 §5.2). */
  private static final int LENGTH_MAX = 16 * 1024 + 256;

  private @Nullable ByteBuf held;
  private boolean foreign;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes) || foreign) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      complete(ctx, bytes);
      int whole = whole(bytes);
      if (foreign) {
        passHeld(ctx);
        ctx.fireChannelRead(bytes.retain());
        return;
      }
      if (whole > 0) ctx.fireChannelRead(ctx.alloc().heapBuffer(whole).writeBytes(bytes, whole));
      if (bytes.isReadable()) {
        held = ctx.alloc().heapBuffer(HEAD_BYTES + LENGTH_MAX).writeBytes(bytes);
      }
    } finally {
      bytes.release();
    }
  }

  /** Adds to the record that is held what it lacks. */
  private void complete(ChannelHandlerContext ctx, ByteBuf bytes) {
    ByteBuf record = held;
    if (record == null) return;
    if (record.readableBytes() < HEAD_BYTES) {
      take(record, bytes, HEAD_BYTES);
      if (record.readableBytes() < HEAD_BYTES) return;
    }
    int length = record.getUnsignedShort(record.readerIndex() + 3);
    if (length > LENGTH_MAX) {
      foreign = true;
      return;
    }
    take(record, bytes, HEAD_BYTES + length);
    if (record.readableBytes() == HEAD_BYTES + length) passHeld(ctx);
  }

  private static void take(ByteBuf record, ByteBuf bytes, int until) {
    record.writeBytes(bytes, Math.min(until - record.readableBytes(), bytes.readableBytes()));
  }

  private void passHeld(ChannelHandlerContext ctx) {
    ByteBuf record = held;
    held = null;
    if (record != null) ctx.fireChannelRead(record);
  }

  /** How many bytes of whole records there are. */
  private int whole(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int at = start;
    while (!foreign && bytes.writerIndex() - at > 0) {
      int type = bytes.getByte(at);
      foreign = type < TYPE_FIRST || type > TYPE_LAST;
      if (foreign || bytes.writerIndex() - at < HEAD_BYTES) break;
      int length = bytes.getUnsignedShort(at + 3);
      foreign = length > LENGTH_MAX;
      if (bytes.writerIndex() - at < HEAD_BYTES + length) break;
      at += HEAD_BYTES + length;
    }
    return at - start;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    release();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    ByteBuf record = held;
    held = null;
    if (record != null) record.release();
  }
}
