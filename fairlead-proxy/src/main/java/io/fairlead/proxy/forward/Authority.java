package io.fairlead.proxy.forward;

import io.fairlead.core.address.HostName;
import io.fairlead.core.dial.Destination;
import java.util.Optional;

/** Reads {@code host:port} of a request-target (RFC 9110 §7.2, RFC 9112 §3.2.3). */
final class Authority {
  private Authority() {}

  /** The authority of CONNECT: the port must be there. */
  static Optional<Destination.HostPort> withPort(String text) {
    return parse(text, 0);
  }

  /**
   * An authority whose port may be missing.
   *
   * @return empty when the text is none, has user information, or has no port and the default is 0
   */
  static Optional<Destination.HostPort> parse(String text, int defaultPort) {
    int colon = text.lastIndexOf(':');
    boolean portGiven = colon >= 0 && text.indexOf(']', colon) < 0;
    String host = portGiven ? text.substring(0, colon) : text;
    int port = portGiven ? port(text, colon + 1) : defaultPort;
    if (port == 0) return Optional.empty();
    return host(host).map(name -> new Destination.HostPort(name, port));
  }

  private static Optional<String> host(String text) {
    if (text.startsWith("[") != text.endsWith("]") || text.isEmpty()) return Optional.empty();
    if (text.startsWith("[")) {
      String literal = text.substring(1, text.length() - 1);
      return literal.indexOf(':') < 0 ? Optional.empty() : HostName.canonical(literal);
    }
    return text.indexOf(':') >= 0 ? Optional.empty() : HostName.canonical(text);
  }

  /** 1–65535, or 0 when it is no port. Leading zeros are no port: one number, one spelling. */
  private static int port(String text, int from) {
    int length = text.length() - from;
    if (length < 1 || length > 5 || text.charAt(from) == '0') return 0;
    int port = 0;
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) return 0;
      port = port * 10 + digit;
    }
    return port <= 65_535 ? port : 0;
  }
}
