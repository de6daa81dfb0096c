package io.fairlead.core.address;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An address block (RFC 4632, RFC 4291 §2.3). Holds the network address; host bits are always zero.
 *
 * @param v4 whether it is an IPv4 block
 * @param high upper 64 bits of an IPv6 network; 0 for IPv4
 * @param low lower 64 bits of an IPv6 network; the 32 bits of an IPv4 one
 * @param prefixLength leading bits that must match: 0–32 or 0–128
 */
public record Cidr(boolean v4, long high, long low, int prefixLength) {
  public Cidr {
    int bits = v4 ? 32 : 128;
    if (prefixLength < 0 || prefixLength > bits) {
      throw new IllegalArgumentException(
          "prefix length: " + prefixLength + " (expected: 0-" + bits + ")");
    }
    if (v4 && (high != 0 || low >>> 32 != 0)) {
      throw new IllegalArgumentException("network: more than 32 bits");
    }
    if ((high & ~highMask(v4, prefixLength)) != 0 || (low & ~lowMask(v4, prefixLength)) != 0) {
      throw new IllegalArgumentException("network: bits set beyond /" + prefixLength);
    }
  }

  /** The block of {@code prefixLength} leading bits that contains {@code address}. */
  public static Cidr around(InetAddress address, int prefixLength) {
    byte[] bytes = address.getAddress();
    boolean v4 = bytes.length == 4;
    if (prefixLength < 0 || prefixLength > bytes.length * 8) {
      throw new IllegalArgumentException(
          "prefix length: " + prefixLength + " (expected: 0-" + bytes.length * 8 + ")");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long high = v4 ? 0 : buffer.getLong();
    long low = v4 ? Integer.toUnsignedLong(buffer.getInt()) : buffer.getLong();
    return new Cidr(
        v4, high & highMask(v4, prefixLength), low & lowMask(v4, prefixLength), prefixLength);
  }

  /**
   * Reads {@code address/prefix}, or an address alone as a block of one.
   *
   * @return empty when the text is not a block, or has bits set beyond its prefix ({@link
   *     #masked(String)} then knows what was probably meant)
   */
  public static Optional<Cidr> parse(String text) {
    return masked(text).filter(block -> block.network().equals(addressOf(text)));
  }

  /** Like {@link #parse} but clears bits beyond the prefix instead of refusing them. */
  public static Optional<Cidr> masked(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    return IpLiteral.parse(address)
        .flatMap(
            ip -> {
              int bits = ip instanceof Inet4Address ? 32 : 128;
              if (slash < 0) return Optional.of(around(ip, bits));
              String prefix = text.substring(slash + 1);
              if (!prefix.matches("0|[1-9][0-9]{0,2}")) return Optional.empty();
              int length = Integer.parseInt(prefix);
              // ::ffff:a.b.c.d/n is an IPv4 block: the mapping prefix takes the first 96 bits.
              if (bits == 32 && address.indexOf(':') >= 0) length -= 96;
              return length < 0 || length > bits
                  ? Optional.empty()
                  : Optional.of(around(ip, length));
            });
  }

  private static InetAddress addressOf(String text) {
    int slash = text.indexOf('/');
    return IpLiteral.parse(slash < 0 ? text : text.substring(0, slash)).orElseThrow();
  }

  /** Whether the block covers {@code address}; an address of the other family is never covered. */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if ((bytes.length == 4) != v4) return false;
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (v4) {
      return (Integer.toUnsignedLong(buffer.getInt()) & lowMask(true, prefixLength)) == low;
    }
    return (buffer.getLong() & highMask(false, prefixLength)) == high
        && (buffer.getLong() & lowMask(false, prefixLength)) == low;
  }

  /** The first address of the block. */
  public InetAddress network() {
    byte[] bytes =
        v4
            ? ByteBuffer.allocate(4).putInt((int) low).array()
            : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("address of " + bytes.length + " bytes", impossible);
    }
  }

  @Override
  public String toString() {
    return network().getHostAddress() + "/" + prefixLength;
  }

  private static long highMask(boolean v4, int prefixLength) {
    if (v4 || prefixLength == 0) return 0;
    return prefixLength >= 64 ? -1L : -1L << (64 - prefixLength);
  }

  private static long lowMask(boolean v4, int prefixLength) {
    if (v4) return prefixLength == 0 ? 0 : (-1L << (32 - prefixLength)) & 0xFFFF_FFFFL;
    if (prefixLength <= 64) return 0;
    return prefixLength == 128 ? -1L : -1L << (128 - prefixLength);
  }
}
