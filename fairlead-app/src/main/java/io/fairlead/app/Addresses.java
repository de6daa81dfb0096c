package io.fairlead.app;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Socket addresses as people write them. */
final class Addresses {
  private Addresses() {}

  /** {@code 127.0.0.1:8080}, {@code [::1]:8080}, {@code unix:/path}. */
  static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) return "unix:" + address;
    String host = inet.getAddress().getHostAddress();
    if (inet.getAddress() instanceof Inet6Address) {
      int zone = host.indexOf('%');
      host = "[" + shortened(zone < 0 ? host : host.substring(0, zone)) + "]";
    }
    return host + ":" + inet.getPort();
  }

  private static String shortened(String ipv6) {
    return switch (ipv6) {
      case "0:0:0:0:0:0:0:1" -> "::1";
      case "0:0:0:0:0:0:0:0" -> "::";
      default -> ipv6;
    };
  }
}
