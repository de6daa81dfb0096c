package io.fairlead.registry.model;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.identity.PeerIds;
import io.fairlead.registry.model.BadAddressException.Reason;
import java.net.IDN;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Reads addresses strictly: what two programs could read differently is refused. Never asks a
 * resolver. Immutable; any thread.
 *
 * <pre>
 * 1.2.3.4:80           four decimal parts without leading zeros
 * [2001:db8::1]:80     RFC 4291 text, written back as RFC 5952; ::ffff:1.2.3.4 is 1.2.3.4
 * example.org:80       lower case, A-labels (RFC 5890), without the trailing dot
 * /ip4/1.2.3.4/tcp/80/p2p/12D3Koo…   multiaddr of one hop
 * </pre>
 *
 * <p>A name whose last label is a number ({@code 127.1}, {@code 2130706433}, {@code 0x7f.1}) is
 * refused: some resolvers take it for an address.
 */
public final class AddressParser {
  /** Octets of one endpoint as written. */
  public static final int LENGTH_MAX = 255;

  private static final Pattern LABEL = Pattern.compile("[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9_.-]{1,32}");

  private final boolean privateAllowed;
  private final boolean zonesAllowed;
  private final OptionalInt defaultPort;

  private AddressParser(boolean privateAllowed, boolean zonesAllowed, OptionalInt defaultPort) {
    this.privateAllowed = privateAllowed;
    this.zonesAllowed = zonesAllowed;
    this.defaultPort = defaultPort;
  }

  /** For what the operator wrote: any address, also with a zone. */
  public static AddressParser ofOperator() {
    return new AddressParser(true, true, OptionalInt.empty());
  }

  /**
   * For what came from elsewhere.
   *
   * @param privateAllowed whether addresses that are not public may be named
   */
  public static AddressParser ofStrangers(boolean privateAllowed) {
    return new AddressParser(privateAllowed, false, OptionalInt.empty());
  }

  /** The same with a port for addresses without one. */
  public AddressParser withDefaultPort(OptionalInt port) {
    return new AddressParser(privateAllowed, zonesAllowed, port);
  }

  /**
   * One node's addresses: {@code a:1,b:2}; duplicates collapse.
   *
   * @throws BadAddressException one of them is not usable
   */
  public List<CanonicalAddress> node(String text) throws BadAddressException {
    Map<String, CanonicalAddress> found = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      CanonicalAddress address = parse(part.strip());
      found.putIfAbsent(address.text(), address);
    }
    if (found.size() > Entry.ENDPOINTS_MAX) {
      throw new BadAddressException(
          Reason.TOO_LONG, "more than " + Entry.ENDPOINTS_MAX + " addresses of one node");
    }
    return List.copyOf(found.values());
  }

  /**
   * One address.
   *
   * @throws BadAddressException it is not usable
   */
  public CanonicalAddress parse(String text) throws BadAddressException {
    if (text.length() > LENGTH_MAX) {
      throw new BadAddressException(Reason.TOO_LONG, "longer than " + LENGTH_MAX + " characters");
    }
    CanonicalAddress address = text.startsWith("/") ? multiaddr(text) : hostPort(text);
    if (!privateAllowed) {
      if (address.address().isPresent() && !PublicRanges.contains(address.address().get())) {
        throw new BadAddressException(Reason.NOT_PUBLIC, text + " is not a public address");
      }
      if (address.address().isEmpty() && PublicRanges.localName(address.host())) {
        throw new BadAddressException(Reason.NOT_PUBLIC, text + " is this machine");
      }
    }
    return address;
  }

  private CanonicalAddress hostPort(String text) throws BadAddressException {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0) throw syntax(text);
      String rest = text.substring(end + 1);
      if (!rest.isEmpty() && !rest.startsWith(":")) throw syntax(text);
      int port = port(rest.isEmpty() ? "" : rest.substring(1), !rest.isEmpty(), text);
      return v6(text.substring(1, end), text, port);
    }
    int colon = text.indexOf(':');
    if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) throw syntax(text);
    String host = colon < 0 ? text : text.substring(0, colon);
    int port = port(colon < 0 ? "" : text.substring(colon + 1), colon >= 0, text);
    Optional<InetAddress> literal = host.indexOf(':') < 0 ? v4(host) : Optional.empty();
    if (literal.isPresent()) {
      return new CanonicalAddress("tcp", host, literal, port, Optional.empty(), false);
    }
    return new CanonicalAddress(
        "tcp", name(host, text), Optional.empty(), port, Optional.empty(), false);
  }

  private CanonicalAddress v6(String inner, String text, int port) throws BadAddressException {
    int percent = inner.indexOf('%');
    String literal = percent < 0 ? inner : inner.substring(0, percent);
    if (literal.indexOf(':') < 0) throw syntax(text);
    InetAddress address = IpLiteral.parse(literal).orElseThrow(() -> syntax(text));
    String zone = "";
    if (percent >= 0) {
      zone = inner.substring(percent);
      boolean fits =
          zonesAllowed
              && address instanceof Inet6Address six
              && six.isLinkLocalAddress()
              && ZONE.matcher(zone.substring(1)).matches();
      if (!fits) throw syntax(text);
    }
    return new CanonicalAddress(
        "tcp", Ip6Text.of(address) + zone, Optional.of(address), port, Optional.empty(), false);
  }

  private CanonicalAddress multiaddr(String text) throws BadAddressException {
    String[] parts = text.split("/", -1);
    if (parts.length < 5) throw syntax(text);
    String host = parts[2];
    Optional<InetAddress> address =
        switch (parts[1]) {
          case "ip4" -> Optional.of(v4(host).orElseThrow(() -> syntax(text)));
          case "ip6" ->
              Optional.of(
                  IpLiteral.parse(host)
                      .filter(_ -> host.indexOf(':') >= 0)
                      .orElseThrow(() -> syntax(text)));
          case "dns", "dns4", "dns6" -> Optional.empty();
          default -> throw syntax(text);
        };
    String shown = address.isPresent() ? Ip6Text.of(address.get()) : name(host, text);
    if (!parts[3].equals("tcp") && !parts[3].equals("udp")) throw syntax(text);
    int port = port(parts[4], true, text);
    List<String> transport = new ArrayList<>(List.of(parts[3]));
    Optional<String> peer = Optional.empty();
    for (int i = 5; i < parts.length; i++) {
      switch (parts[i]) {
        case "ws", "wss", "tls", "quic-v1" -> transport.add(parts[i]);
        case "p2p" -> {
          if (i + 2 != parts.length || !PeerIds.valid(parts[i + 1])) throw syntax(text);
          peer = Optional.of(parts[++i]);
        }
        default -> throw syntax(text);
      }
    }
    return new CanonicalAddress(String.join("/", transport), shown, address, port, peer, true);
  }

  private static Optional<InetAddress> v4(String host) {
    return host.indexOf(':') < 0 ? IpLiteral.parse(host) : Optional.empty();
  }

  private int port(String digits, boolean written, String text) throws BadAddressException {
    if (!written) {
      if (defaultPort.isPresent()) return defaultPort.getAsInt();
      throw new BadAddressException(Reason.PORT, text + " has no port");
    }
    if (!PORT.matcher(digits).matches()) throw badPort(text);
    int port = Integer.parseInt(digits);
    if (port < 1 || port > 65_535) throw badPort(text);
    return port;
  }

  private static String name(String host, String text) throws BadAddressException {
    String bare = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    String ascii = bare.toLowerCase(Locale.ROOT);
    if (!ascii.chars().allMatch(c -> c < 128)) {
      try {
        ascii = IDN.toASCII(ascii, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
      } catch (IllegalArgumentException notAName) {
        throw syntax(text);
      }
    }
    if (ascii.isEmpty() || ascii.length() > 253) throw syntax(text);
    String[] labels = ascii.split("\\.", -1);
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) throw syntax(text);
    }
    if (NUMBER.matcher(labels[labels.length - 1]).matches()) throw syntax(text);
    return ascii;
  }

  private static BadAddressException syntax(String text) {
    return new BadAddressException(Reason.SYNTAX, text + " is neither an address nor a name");
  }

  private static BadAddressException badPort(String text) {
    return new BadAddressException(Reason.PORT, text + " has no port of 1-65535");
  }
}
