package io.fairlead.pubsub;

import java.math.BigInteger;

/** An unsigned number of at most 256 bits. Immutable. */
public record U256(BigInteger value) implements Comparable<U256> {
  private static final int BITS_MAX = 256;

  public U256 {
    if (value.signum() < 0 || value.bitLength() > BITS_MAX)
      throw new IllegalArgumentException("value: " + value + " (expected: 0 to 2^256 - 1)");
  }

  public static U256 of(long value) {
    return new U256(BigInteger.valueOf(value));
  }

  /** From at most 32 bytes, most significant first. */
  public static U256 of(byte[] bytes) {
    return new U256(new BigInteger(1, bytes));
  }

  /**
   * Reads a quantity: {@code 0x} and hex digits, leading zeros allowed.
   *
   * @throws IllegalArgumentException it is none, or has more than 256 bits
   */
  public static U256 ofQuantity(String text) {
    if (!text.startsWith("0x") || text.length() < 3 || text.length() > 66)
      throw new IllegalArgumentException("quantity: " + text + " (expected: 0x and hex digits)");
    try {
      return new U256(new BigInteger(text.substring(2), 16));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("quantity: " + text + " (expected: 0x and hex digits)");
    }
  }

  /** As JSON-RPC writes it: {@code 0x} and hex digits without leading zeros. */
  public String toQuantity() {
    return "0x" + value.toString(16);
  }

  @Override
  public int compareTo(U256 other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return toQuantity();
  }
}
