package io.fairlead.tunnel.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;

/**
 * HTTP datagrams in capsules (RFC 9297 §3.2, §3.5), with the context of plain UDP payloads (RFC
 * 9298 §5). Unknown capsules and contexts are passed over. One per stream; confined to its event
 * loop.
 */
public final class DatagramCapsules {
  /** Longest UDP payload over IPv4. */
  public static final int PAYLOAD_MAX = 65_507;

  private static final int DATAGRAM = 0x00;
  private static final int HEAD_MAX = 1 + 8 + 1;

  private ByteBuf rest = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  private long skip;

  /**
   * Writes one datagram as a capsule.
   *
   * @param payload borrows
   * @return owned by the caller
   */
  public static ByteBuf write(ByteBuf payload, ByteBufAllocator allocator) {
    int length = payload.readableBytes() + 1;
    ByteBuf out = allocator.buffer(HEAD_MAX + length);
    out.writeByte(DATAGRAM);
    writeVarint(out, length);
    out.writeByte(0); // context id: UDP payloads
    out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    return out;
  }

  /**
   * Takes bytes of the stream and gives the payloads that became complete.
   *
   * @param bytes takes ownership
   * @param payloads gets each, and owns it
   * @throws BadControlException a capsule is longer than any datagram
   */
  public void read(ByteBuf bytes, ByteBufAllocator allocator, Consumer<ByteBuf> payloads)
      throws BadControlException {
    ByteBuf in = joined(bytes, allocator);
    try {
      while (in.isReadable()) {
        if (skip > 0) {
          int step = (int) Math.min(skip, in.readableBytes());
          in.skipBytes(step);
          skip -= step;
          continue;
        }
        int start = in.readerIndex();
        long type = readVarint(in);
        long length = type < 0 ? -1 : readVarint(in);
        if (length < 0) {
          in.readerIndex(start);
          return;
        }
        if (type != DATAGRAM) {
          skip = length;
          continue;
        }
        if (length > PAYLOAD_MAX + 8L) throw new BadControlException("datagram: too long");
        if (in.readableBytes() < length) {
          in.readerIndex(start);
          return;
        }
        ByteBuf value = in.readSlice((int) length);
        long context = readVarint(value);
        if (context == 0 && value.readableBytes() <= PAYLOAD_MAX) payloads.accept(value.retain());
      }
    } finally {
      keep(in, allocator);
    }
  }

  /** Lets go of what is incomplete. */
  public void close() {
    rest.release();
    rest = io.netty.buffer.Unpooled.EMPTY_BUFFER;
  }

  private ByteBuf joined(ByteBuf bytes, ByteBufAllocator allocator) {
    if (!rest.isReadable()) return bytes;
    ByteBuf in = allocator.buffer(rest.readableBytes() + bytes.readableBytes());
    in.writeBytes(rest).writeBytes(bytes);
    rest.release();
    rest = io.netty.buffer.Unpooled.EMPTY_BUFFER;
    bytes.release();
    return in;
  }

  private void keep(ByteBuf in, ByteBufAllocator allocator) {
    if (in.isReadable()) {
      rest = allocator.buffer(in.readableBytes()).writeBytes(in);
    }
    in.release();
  }

  private static void writeVarint(ByteBuf out, int value) { // RFC 9000 §16
    if (value < 64) {
      out.writeByte(value);
    } else if (value < 16_384) {
      out.writeShort(value | 0x4000);
    } else {
      out.writeInt(value | 0x8000_0000);
    }
  }

  /** Returns -1 when more bytes are needed. */
  private static long readVarint(ByteBuf in) {
    if (!in.isReadable()) return -1;
    int size = 1 << (in.getUnsignedByte(in.readerIndex()) >>> 6);
    if (in.readableBytes() < size) return -1;
    long value = in.readUnsignedByte() & 0x3F;
    for (int i = 1; i < size; i++) value = value << 8 | in.readUnsignedByte();
    return value;
  }
}
