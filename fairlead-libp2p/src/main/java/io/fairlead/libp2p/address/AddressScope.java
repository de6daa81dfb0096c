package io.fairlead.libp2p.address;

import io.fairlead.core.address.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** From where an address can be reached, judged by its first part after a zone. */
public enum AddressScope {
  /** Anywhere. */
  PUBLIC,
  /** The same machine or network. */
  PRIVATE,
  /** Nowhere: reserved, for documentation, or for groups. */
  UNROUTABLE,
  /** Nothing can be said: a name of a local network, or no network address at all. */
  UNKNOWN;

  private static final List<Cidr> PRIVATE_BLOCKS =
      blocks(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "169.254.0.0/16",
          "::1/128",
          "fc00::/7",
          "fe80::/10");
  private static final List<Cidr> UNROUTABLE_BLOCKS =
      blocks(
          "0.0.0.0/8",
          "192.0.0.0/26",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "ff00::/8",
          "2001:db8::/32");

  /** Of IPv6 only what is given out so far, and what stands for IPv4 (RFC 6052, RFC 8215). */
  private static final List<Cidr> PUBLIC_V6_BLOCKS =
      blocks("2000::/3", "64:ff9b::/96", "64:ff9b:1::/48");

  private static final List<String> PRIVATE_NAMES = List.of("localhost");
  private static final List<String> UNROUTABLE_NAMES =
      List.of("invalid", "in-addr.arpa", "ip6.arpa");
  private static final List<String> LOCAL_NAMES = List.of("local", "test", "home.arpa");

  /** Judges one address. */
  public static AddressScope of(Multiaddr address) {
    for (Component component : address.components()) {
      switch (component.protocol()) {
        case IP6ZONE -> {
          continue;
        }
        case IP4, IP6 -> {
          return of(component);
        }
        case DNS, DNS4, DNS6, DNSADDR -> {
          return ofName(component.text());
        }
        default -> {
          return UNKNOWN;
        }
      }
    }
    return UNKNOWN;
  }

  /** Whether it names this machine. */
  public static boolean loopback(Multiaddr address) {
    for (Component component : address.components()) {
      if (component.protocol() == AddressProtocol.IP6ZONE) continue;
      return switch (component.protocol()) {
        case IP4, IP6 -> inet(component).isLoopbackAddress();
        case DNS, DNS4, DNS6, DNSADDR -> within(component.text(), PRIVATE_NAMES);
        default -> false;
      };
    }
    return false;
  }

  private static AddressScope of(Component ip) {
    InetAddress address = inet(ip);
    if (within(address, PRIVATE_BLOCKS)) return PRIVATE;
    if (within(address, UNROUTABLE_BLOCKS)) return UNROUTABLE;
    boolean v4 = address.getAddress().length == 4;
    return v4 || within(address, PUBLIC_V6_BLOCKS) ? PUBLIC : UNKNOWN;
  }

  private static AddressScope ofName(String name) {
    if (within(name, PRIVATE_NAMES)) return PRIVATE;
    if (within(name, UNROUTABLE_NAMES)) return UNROUTABLE;
    return within(name, LOCAL_NAMES) ? UNKNOWN : PUBLIC;
  }

  private static InetAddress inet(Component ip) {
    try {
      return InetAddress.getByAddress(ip.value());
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address of 4 or 16 bytes", impossible);
    }
  }

  private static boolean within(InetAddress address, List<Cidr> blocks) {
    for (Cidr block : blocks) {
      if (block.contains(address)) return true;
    }
    return false;
  }

  private static boolean within(String name, List<String> zones) {
    String lower = name.toLowerCase(Locale.ROOT);
    String plain = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    for (String zone : zones) {
      if (plain.equals(zone) || plain.endsWith("." + zone)) return true;
    }
    return false;
  }

  private static List<Cidr> blocks(String... texts) {
    return Stream.of(texts).map(text -> Cidr.parse(text).orElseThrow()).toList();
  }
}
