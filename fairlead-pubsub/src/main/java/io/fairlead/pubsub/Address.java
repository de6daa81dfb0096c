package io.fairlead.pubsub;

import java.util.HexFormat;

/**
 * The account or contract at a 20-byte address.
 *
 * @param hex {@code 0x} and 40 lower-case hex digits
 */
public record Address(String hex) {
  private static final int LENGTH = 42;

  /** Takes upper-case digits too; a checksum in the case of letters is not verified. */
  public Address {
    hex = Hex.checked(hex, LENGTH);
  }

  /** The 20 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex.substring(2));
  }

  @Override
  public String toString() {
    return hex;
  }
}
