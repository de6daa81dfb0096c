package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/** Writes the frame of chunks (RFC 9112 §7.1). */
final class ChunkFrame {
  /** Around the data of one chunk: 16 hex digits, two CRLF, and the last chunk. */
  static final int OVERHEAD = 16 + 4 + 5;

  private static final byte[] LAST = HeadWriter.constant("0\r\n\r\n");
  private static final byte[] LAST_SIZE = HeadWriter.constant("0\r\n");
  private static final int CRLF = '\r' << 8 | '\n';

  private ChunkFrame() {}

  /** Copies data as one chunk; borrows both, {@code out} has {@link #OVERHEAD} more room. */
  static void append(ByteBuf out, ByteBuf data) {
    ByteBufUtil.writeAscii(out, Integer.toHexString(data.readableBytes()));
    out.writeShort(CRLF).writeBytes(data).writeShort(CRLF);
  }

  /** What goes before that many bytes of data. */
  static ByteBuf before(int count, ByteBufAllocator allocator) {
    ByteBuf size = allocator.directBuffer(24);
    ByteBufUtil.writeAscii(size, Integer.toHexString(count));
    return size.writeShort(CRLF);
  }

  /** What goes behind data. */
  static ByteBuf behind(ByteBufAllocator allocator) {
    return allocator.directBuffer(2).writeShort(CRLF);
  }

  /** The end of the body, with no trailers. */
  static ByteBuf last(ByteBufAllocator allocator) {
    return allocator.directBuffer(LAST.length).writeBytes(LAST);
  }

  /** The end of the body with its trailer section; uses the writer for it. */
  static ByteBuf last(Trailers trailers, HeadWriter writer, ByteBufAllocator allocator) {
    if (trailers.isEmpty()) return last(allocator);
    writer.begin().raw(LAST_SIZE);
    FieldEdits.write(trailers.list(), writer);
    return writer.end().toBuffer(allocator, 0);
  }

  /** Appends the end of the body if there is room for it. */
  static boolean appendLast(ByteBuf out) {
    if (out.writableBytes() < LAST.length) return false;
    out.writeBytes(LAST);
    return true;
  }
}
