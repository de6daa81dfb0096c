package io.fairlead.libp2p.codec;

import io.netty.buffer.ByteBuf;

/**
 * Unsigned varints: seven bits a byte, least significant first, minimal, at most nine bytes.
 *
 * @see <a href="https://github.com/multiformats/unsigned-varint">unsigned-varint</a>
 */
public final class Varint {
  /** Longest form, of 63 bits. */
  public static final int BYTES_MAX = 9;

  /** What {@link #read(ByteBuf)} answers when more bytes are needed. */
  public static final long INCOMPLETE = -1;

  private Varint() {}

  /** Bytes that {@code value} takes; not negative. */
  public static int size(long value) {
    return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
  }

  /**
   * Writes {@code value} to {@code out} from {@code at} on.
   *
   * @return the index behind it
   */
  public static int write(long value, byte[] out, int at) {
    int index = at;
    long rest = value;
    while (rest >= 0x80) {
      out[index++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[index++] = (byte) rest;
    return index;
  }

  /** Appends {@code value}; not negative. */
  public static void write(long value, ByteBuf out) {
    long rest = value;
    while (rest >= 0x80) {
      out.writeByte((int) (rest | 0x80) & 0xff);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  /**
   * Reads one that must end before {@code to}.
   *
   * @return the value, not negative; {@link #size} of it is what it took
   * @throws MalformedException cut off, not minimal, or longer than nine bytes
   */
  public static long read(byte[] bytes, int from, int to) throws MalformedException {
    long value = 0;
    for (int i = 0; i < BYTES_MAX; i++) {
      if (from + i >= to) throw new MalformedException("varint: cut off");
      byte b = bytes[from + i];
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) return minimal(value, b, i);
    }
    throw tooLong();
  }

  /**
   * Reads one from a stream.
   *
   * @param in borrows; the reader index moves only when a value is returned
   * @return the value, or {@link #INCOMPLETE}
   * @throws MalformedException not minimal, or longer than nine bytes
   */
  public static long read(ByteBuf in) throws MalformedException {
    long value = 0;
    for (int i = 0; i < BYTES_MAX; i++) {
      if (i >= in.readableBytes()) return INCOMPLETE;
      byte b = in.getByte(in.readerIndex() + i);
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) {
        long whole = minimal(value, b, i);
        in.skipBytes(i + 1);
        return whole;
      }
    }
    throw tooLong();
  }

  private static long minimal(long value, byte last, int index) throws MalformedException {
    if (last == 0 && index > 0) throw new MalformedException("varint: not minimal");
    return value;
  }

  private static MalformedException tooLong() {
    return new MalformedException("varint: longer than " + BYTES_MAX + " bytes");
  }
}
