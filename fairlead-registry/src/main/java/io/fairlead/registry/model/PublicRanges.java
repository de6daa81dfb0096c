package io.fairlead.registry.model;

import io.fairlead.core.address.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses a stranger's list may name: no unspecified, loopback, link-local, private,
 * shared, multicast, reserved or documentation address (RFC 6890, RFC 5737, RFC 3849, RFC 9637). An
 * IPv6 address that carries an IPv4 address is judged by that one.
 */
public final class PublicRanges {
  private static final List<Cidr> CLOSED =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "168.63.129.16/32",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/4",
              "240.0.0.0/4",
              "::/128",
              "::1/128",
              "64:ff9b:1::/48",
              "2001::/32",
              "2001:db8::/32",
              "3fff::/20",
              "fc00::/7",
              "fe80::/10",
              "fec0::/10",
              "ff00::/8")
          .map(text -> Cidr.parse(text).orElseThrow())
          .toList();

  private PublicRanges() {}

  /** Whether it is public. */
  public static boolean contains(InetAddress address) {
    InetAddress judged = embedded(address);
    for (Cidr block : CLOSED) {
      if (block.contains(judged)) return false;
    }
    return true;
  }

  /** A name that always means this machine (RFC 6761 §6.3). */
  static boolean localName(String name) {
    return name.equals("localhost") || name.endsWith(".localhost");
  }

  /** NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible (RFC 4291 §2.5.5.1). */
  private static InetAddress embedded(InetAddress address) {
    byte[] b = address.getAddress();
    if (b.length == 4) return address;
    boolean nat64 = b[0] == 0 && b[1] == 0x64 && b[2] == -1 && b[3] == (byte) 0x9b && zero(b, 4);
    boolean compatible = zero(b, 0) && !(b[12] == 0 && b[13] == 0 && b[14] == 0);
    if (nat64 || compatible) return v4(b, 12);
    if (b[0] == 0x20 && b[1] == 0x02) return v4(b, 2);
    return address;
  }

  private static boolean zero(byte[] bytes, int from) {
    for (int i = from; i < 12; i++) {
      if (bytes[i] != 0) return false;
    }
    return true;
  }

  private static InetAddress v4(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 bytes", impossible);
    }
  }
}
