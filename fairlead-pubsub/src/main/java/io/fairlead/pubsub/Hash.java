package io.fairlead.pubsub;

import java.util.HexFormat;

/**
 * 32 bytes that name a block, a transaction or a topic.
 *
 * @param hex {@code 0x} and 64 lower-case hex digits
 */
public record Hash(String hex) {
  private static final int LENGTH = 66;

  /** Takes upper-case digits too. */
  public Hash {
    hex = Hex.checked(hex, LENGTH);
  }

  public static Hash of(byte[] bytes) {
    return new Hash("0x" + HexFormat.of().formatHex(bytes));
  }

  public byte[] bytes() {
    return HexFormat.of().parseHex(hex.substring(2));
  }

  @Override
  public String toString() {
    return hex;
  }
}
