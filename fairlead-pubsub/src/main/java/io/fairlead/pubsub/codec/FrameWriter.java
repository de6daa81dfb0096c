package io.fairlead.pubsub.codec;

import io.fairlead.core.random.Randomness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Makes the masked frames that a WebSocket client sends (RFC 6455 §5). Confined to one thread. */
public final class FrameWriter {
  private static final int TEXT = 0x81;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8a;
  private static final int HEAD_MAX = 14;
  private static final int REASON_MAX = 123;
  private static final int KEYS = 1024;

  private final ByteBufAllocator allocator;
  private final Randomness randomness;
  private byte[] keys = {};
  private int at;

  public FrameWriter(ByteBufAllocator allocator, Randomness randomness) {
    this.allocator = allocator;
    this.randomness = randomness;
  }

  /**
   * A text message in one frame.
   *
   * @param utf8 borrows
   */
  public ByteBuf text(ByteBuf utf8) {
    return frame(TEXT, utf8);
  }

  public ByteBuf ping() {
    return frame(PING, Unpooled.EMPTY_BUFFER);
  }

  /**
   * @param payload borrows
   */
  public ByteBuf pong(ByteBuf payload) {
    return frame(PONG, payload);
  }

  public ByteBuf close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
    ByteBuf payload = allocator.buffer(2 + REASON_MAX);
    try {
      payload.writeShort(code).writeBytes(text, 0, Math.min(REASON_MAX, text.length));
      return frame(CLOSE, payload);
    } finally {
      payload.release();
    }
  }

  private ByteBuf frame(int first, ByteBuf payload) {
    int length = payload.readableBytes();
    ByteBuf frame = allocator.buffer(HEAD_MAX + length);
    frame.writeByte(first);
    if (length < 126) frame.writeByte(0x80 | length);
    else if (length < 65_536) frame.writeByte(0x80 | 126).writeShort(length);
    else frame.writeByte(0x80 | 127).writeLong(length);
    int mask = key();
    frame.writeInt(mask);
    int from = payload.readerIndex();
    long wide = (mask & 0xffff_ffffL) << 32 | mask & 0xffff_ffffL;
    int i = 0;
    for (; i + Long.BYTES <= length; i += Long.BYTES) {
      frame.writeLong(payload.getLong(from + i) ^ wide);
    }
    for (; i < length; i++) {
      frame.writeByte(payload.getByte(from + i) ^ mask >>> 24 - 8 * (i & 3));
    }
    return frame;
  }

  /** Four bytes nobody can foretell (RFC 6455 §5.3), taken from a supply. */
  private int key() {
    if (at + Integer.BYTES > keys.length) {
      keys = randomness.secureBytes(KEYS);
      at = 0;
    }
    int key =
        (keys[at] & 0xff) << 24
            | (keys[at + 1] & 0xff) << 16
            | (keys[at + 2] & 0xff) << 8
            | keys[at + 3] & 0xff;
    at += Integer.BYTES;
    return key;
  }
}
