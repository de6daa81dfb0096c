package io.fairlead.pubsub.log;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/** The 32 bytes that name a block, as four big-endian words. */
public record BlockHash(long a, long b, long c, long d) {
  private static final HexFormat HEX = HexFormat.of();
  private static final int DIGITS = 64;

  /** Reads {@code 0x} and 64 hexadecimal digits of either case; empty for anything else. */
  public static Optional<BlockHash> parse(String text) {
    if (text.length() != DIGITS + 2 || !text.startsWith("0x")) return Optional.empty();
    for (int i = 2; i < text.length(); i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) return Optional.empty();
    }
    return Optional.of(
        new BlockHash(word(text, 2), word(text, 18), word(text, 34), word(text, 50)));
  }

  /**
   * @param bytes exactly 32
   */
  public static BlockHash of(byte[] bytes) {
    if (bytes.length != 32) {
      throw new IllegalArgumentException("hash: " + bytes.length + " bytes (expected: 32)");
    }
    ByteBuffer words = ByteBuffer.wrap(bytes);
    return new BlockHash(words.getLong(), words.getLong(), words.getLong(), words.getLong());
  }

  /** The 32 bytes. */
  public byte[] bytes() {
    return ByteBuffer.allocate(32).putLong(a).putLong(b).putLong(c).putLong(d).array();
  }

  /** {@code 0x} and 64 lower-case digits. */
  @Override
  public String toString() {
    return "0x" + HEX.toHexDigits(a) + HEX.toHexDigits(b) + HEX.toHexDigits(c) + HEX.toHexDigits(d);
  }

  private static long word(String text, int from) {
    return HexFormat.fromHexDigitsToLong(text, from, from + 16);
  }
}
