package io.fairlead.control.access;

import io.fairlead.core.address.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;

/**
 * {@code Host} values that mean this gateway from outside: a name of the configuration, with any
 * port since another proxy may stand in front of it, or the very address the connection came to. A
 * literal cannot be rebound.
 */
final class ServedHost {
  private ServedHost() {}

  /** Whether the authority's name is one of these. */
  static boolean isAmong(String authority, Set<String> hosts) {
    if (hosts.isEmpty()) return false;
    return hosts.contains(nameOf(authority));
  }

  /** Whether it is the address and port this connection came to, as a literal. */
  static boolean isLiteralOf(String authority, InetSocketAddress local) {
    if (local.getAddress().isLoopbackAddress()) return false; // LoopbackHost knows its forms
    String name = nameOf(authority);
    String port = authority.substring(name.length());
    if (!port.isEmpty() && !port.equals(":" + local.getPort())) return false;
    String bare =
        name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    Optional<InetAddress> literal = IpLiteral.parse(bare);
    return literal.isPresent() && literal.get().equals(local.getAddress());
  }

  private static String nameOf(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon < 0 || authority.indexOf(']', colon) >= 0
        ? authority
        : authority.substring(0, colon);
  }
}
