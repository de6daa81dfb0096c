package io.fairlead.libp2p.codec;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** Messages on a stream: an unsigned varint of the length, then as many bytes. */
public final class Delimited {
  private Delimited() {}

  /** The message with its length before it. */
  public static byte[] frame(byte[] message) {
    int prefix = Varint.size(message.length);
    byte[] framed = new byte[prefix + message.length];
    Varint.write(message.length, framed, 0);
    System.arraycopy(message, 0, framed, prefix, message.length);
    return framed;
  }

  /**
   * Takes one whole message, and not a byte behind it.
   *
   * @param in borrows; the reader index moves only when a message is returned
   * @param max longest message accepted, in bytes
   * @return empty while more bytes are needed
   * @throws MalformedException the length is no varint or above {@code max}
   */
  public static Optional<byte[]> read(ByteBuf in, int max) throws MalformedException {
    int start = in.readerIndex();
    long length = Varint.read(in);
    if (length == Varint.INCOMPLETE) return Optional.empty();
    if (length > max) {
      throw new MalformedException("message: " + length + " bytes (expected: <= " + max + ")");
    }
    if (in.readableBytes() < length) {
      in.readerIndex(start);
      return Optional.empty();
    }
    byte[] message = new byte[(int) length];
    in.readBytes(message);
    return Optional.of(message);
  }
}
