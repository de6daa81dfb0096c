package io.fairlead.libp2p.negotiate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;

/** What is said: a varint of the length, text, and a line feed, which counts. */
public final class Word {
  /** Both sides begin with it. */
  public static final String HEADER = "/multistream/1.0.0";

  /** The answer to what is not spoken here. */
  public static final String NOT_AVAILABLE = "na";

  /** Longest word taken, with its line feed. */
  public static final int BYTES_MAX = 1024;

  private Word() {}

  /**
   * Appends a word.
   *
   * @throws IllegalArgumentException the text is too long, or has a line feed
   */
  public static void write(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int length = bytes.length + 1;
    if (length > BYTES_MAX || text.indexOf('\n') >= 0)
      throw new IllegalArgumentException("protocol: " + text + " (expected: one short line)");
    if (length < 0x80) {
      out.writeByte(length);
    } else {
      out.writeByte(length & 0x7F | 0x80);
      out.writeByte(length >> 7);
    }
    out.writeBytes(bytes).writeByte('\n');
  }
}
