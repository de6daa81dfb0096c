package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.address.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Addresses as the server writes them: {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}. */
final class Addresses {
  private Addresses() {}

  static Optional<InetSocketAddress> parse(Optional<String> text) {
    if (text.isEmpty()) return Optional.empty();
    int colon = text.get().lastIndexOf(':');
    if (colon < 1) return Optional.empty();
    String host = text.get().substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
    Optional<InetAddress> address = IpLiteral.parse(host);
    try {
      int port = Integer.parseInt(text.get().substring(colon + 1));
      if (port < 0 || port > 65_535) return Optional.empty();
      return address.map(found -> new InetSocketAddress(found, port));
    } catch (NumberFormatException malformed) {
      return Optional.empty();
    }
  }
}
