package io.fairlead.net.dial;

import io.fairlead.core.address.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What kind of place an address is, as far as a gateway must care. IPv6 addresses that carry an
 * IPv4 address are judged by that one (RFC 4291 §2.5.5, RFC 6052 §2.1, RFC 3056 §2).
 */
enum AddressClass {
  /** A cloud's instance metadata service, which hands out credentials. */
  METADATA("a cloud metadata address"),
  /** This machine, this link, or no host at all. */
  LOCAL("a loopback, link-local or reserved address"),
  /** A private network. */
  PRIVATE("a private address"),
  /** Anything else. */
  PUBLIC("a public address");

  private static final Set<InetAddress> METADATA_ADDRESSES =
      Stream.of(
              "169.254.169.254", // AWS, Azure, GCP, OpenStack and most others
              "169.254.170.2", // AWS ECS task credentials
              "169.254.170.23", // AWS EKS pod identity
              "100.100.100.200", // Alibaba Cloud
              "168.63.129.16", // Azure platform
              "192.0.0.192", // Oracle Cloud
              "fd00:ec2::254", // AWS
              "fd00:ec2::23", // AWS EKS pod identity
              "fd20:ce::254") // GCP
          .map(InetAddress::ofLiteral)
          .collect(Collectors.toUnmodifiableSet());

  private static final List<Cidr> LOCAL_BLOCKS =
      blocks(
          "0.0.0.0/8",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "192.0.0.0/24",
          "198.18.0.0/15",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "::/128",
          "::1/128",
          "fe80::/10",
          "ff00::/8",
          "2001::/32");

  private static final List<Cidr> PRIVATE_BLOCKS =
      blocks(
          "10.0.0.0/8",
          "100.64.0.0/10",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "fc00::/7",
          "fec0::/10",
          "64:ff9b:1::/48");

  private final String words;

  AddressClass(String words) {
    this.words = words;
  }

  /** For a refusal: "… is a private address". */
  String words() {
    return words;
  }

  static AddressClass of(InetAddress address) {
    InetAddress judged = embedded(address);
    if (METADATA_ADDRESSES.contains(judged)) return METADATA;
    if (within(LOCAL_BLOCKS, judged)) return LOCAL;
    if (within(PRIVATE_BLOCKS, judged)) return PRIVATE;
    return PUBLIC;
  }

  /** The IPv4 address inside an IPv6 address that carries one, else the address itself. */
  static InetAddress embedded(InetAddress address) {
    byte[] b = address.getAddress();
    if (b.length == 4) return address;
    boolean zero80 = zeros(b, 0, 10);
    boolean mapped = zero80 && b[10] == -1 && b[11] == -1;
    boolean compatible =
        zero80 && b[10] == 0 && b[11] == 0 && !(b[12] == 0 && b[13] == 0 && b[14] == 0);
    boolean nat64 =
        b[0] == 0 && b[1] == 0x64 && b[2] == -1 && b[3] == (byte) 0x9b && zeros(b, 4, 12);
    if (mapped || compatible || nat64) return v4(b, 12);
    if (b[0] == 0x20 && b[1] == 0x02) return v4(b, 2);
    return address;
  }

  private static boolean zeros(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) return false;
    }
    return true;
  }

  private static InetAddress v4(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("address of 4 bytes", impossible);
    }
  }

  private static boolean within(List<Cidr> blocks, InetAddress address) {
    for (Cidr block : blocks) {
      if (block.contains(address)) return true;
    }
    return false;
  }

  private static List<Cidr> blocks(String... texts) {
    return Stream.of(texts).map(text -> Cidr.parse(text).orElseThrow()).toList();
  }
}
