package io.fairlead.pubsub.log;

import java.util.HexFormat;

/**
 * The 2048-bit filter of a block's header over the addresses and topics of its logs (Ethereum
 * Yellow Paper §4.3.1). Immutable.
 */
public final class Bloom {
  private static final int BYTES = 256;

  /** Of a header that has none, or one that cannot be read: may hold anything. */
  public static final Bloom UNKNOWN = new Bloom(new byte[0]);

  private final byte[] bits;

  private Bloom(byte[] bits) {
    this.bits = bits;
  }

  /** Reads {@code 0x} and 512 digits; anything else is {@link #UNKNOWN}. */
  public static Bloom parse(String text) {
    if (text.length() != 2 + 2 * BYTES || !text.startsWith("0x")) return UNKNOWN;
    try {
      return new Bloom(HexFormat.of().parseHex(text, 2, text.length()));
    } catch (IllegalArgumentException _) {
      return UNKNOWN;
    }
  }

  /**
   * @param bytes 256, copied
   */
  public static Bloom of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("bloom: " + bytes.length + " bytes (expected: 256)");
    }
    return new Bloom(bytes.clone());
  }

  /** Whether the header told anything. */
  public boolean known() {
    return bits.length > 0;
  }

  /** Bit {@code index}, 0 – 2047, counted from the least significant one; true when unknown. */
  public boolean has(int index) {
    return !known() || (bits[BYTES - 1 - index / 8] >> (index % 8) & 1) == 1;
  }
}
