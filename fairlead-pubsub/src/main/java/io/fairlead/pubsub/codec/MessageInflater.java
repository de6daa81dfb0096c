package io.fairlead.pubsub.codec;

import io.netty.buffer.ByteBuf;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the messages of one connection (RFC 7692 §7.2.2); what one message told is the
 * dictionary of the next. What comes out is bounded, however little went in. Confined to one
 * thread; {@link #close} gives back what it holds.
 */
final class MessageInflater implements AutoCloseable {
  private static final int STEP = 8 * 1024;

  private final int messageMax;
  private final Inflater inflater = new Inflater(true);
  private final byte[] step = new byte[STEP];
  private final byte[] tail = {0, 0, (byte) 0xff, (byte) 0xff};

  /**
   * @param messageMax bytes of one message at most
   */
  MessageInflater(int messageMax) {
    this.messageMax = messageMax;
  }

  /**
   * Inflates one message.
   *
   * @param in borrows; read to its end
   * @param out gets it
   */
  @Nullable FrameFault inflate(ByteBuf in, ByteBuf out) {
    byte[] packed = new byte[Math.min(STEP, in.readableBytes())];
    while (in.isReadable()) {
      int count = Math.min(packed.length, in.readableBytes());
      in.readBytes(packed, 0, count);
      FrameFault fault = part(packed, count, out);
      if (fault != null) return fault;
    }
    return part(tail, tail.length, out);
  }

  private @Nullable FrameFault part(byte[] packed, int length, ByteBuf out) {
    inflater.setInput(packed, 0, length);
    try {
      while (true) {
        int count = inflater.inflate(step);
        if (out.readableBytes() + count > messageMax) return FrameFault.TOO_LARGE;
        out.writeBytes(step, 0, count);
        if (inflater.finished()) {
          // A block marked as the last one ends a stream within the message; another begins.
          int left = inflater.getRemaining();
          inflater.reset();
          if (left == 0) return null;
          inflater.setInput(packed, length - left, left);
        } else if (count == 0) {
          return inflater.needsDictionary() ? FrameFault.PROTOCOL : null;
        }
      }
    } catch (DataFormatException _) {
      return FrameFault.PROTOCOL;
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
