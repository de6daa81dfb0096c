package io.fairlead.core.address;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The two halves of {@code host:port}.
 *
 * @param host an IPv4 dotted quad, IPv6 without brackets, or a name in lower-case A-labels
 * @param port 0–65535
 */
public record HostAndPort(String host, int port) {
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\\.[a-z0-9_][a-z0-9_-]{0,62})*");
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,4}");

  /** Reads {@code host:port} or {@code [v6]:port} with a port of at least {@code portMin}. */
  public static Optional<HostAndPort> parse(String text, int portMin) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) return Optional.empty();
    String host = text.substring(0, colon);
    return host(host)
        .flatMap(
            name -> port(text.substring(colon + 1), portMin).map(p -> new HostAndPort(name, p)));
  }

  static Optional<Integer> port(String digits, int portMin) {
    if (!NUMBER.matcher(digits).matches()) return Optional.empty();
    int port = Integer.parseInt(digits);
    return port < portMin || port > 65_535 ? Optional.empty() : Optional.of(port);
  }

  private static Optional<String> host(String text) {
    if (text.startsWith("[") && text.endsWith("]")) {
      String inner = text.substring(1, text.length() - 1);
      return inner.indexOf(':') >= 0 && IpLiteral.parse(inner).isPresent()
          ? Optional.of(inner)
          : Optional.empty();
    }
    if (text.indexOf(':') >= 0) return Optional.empty();
    String ascii;
    try {
      ascii = IDN.toASCII(text, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException notAName) {
      return Optional.empty();
    }
    // All digits and dots must be an address: "10.0.0.300" is a mistake, not a name.
    if (ascii.matches("[0-9.]+") && IpLiteral.parse(ascii).isEmpty()) return Optional.empty();
    return NAME.matcher(ascii).matches() ? Optional.of(ascii) : Optional.empty();
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
