package io.fairlead.net.access;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.HostName;
import io.fairlead.core.address.IpLiteral;
import java.net.InetAddress;
import java.util.Optional;

/** Destinations a rule names: one host, the names below a suffix, or an address block. */
public sealed interface DestinationPattern {
  /** Exactly this name. */
  record Host(String name) implements DestinationPattern {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Every name below it, not itself; written {@code *.example.org}. */
  record Below(String suffix) implements DestinationPattern {
    @Override
    public String toString() {
      return "*." + suffix;
    }
  }

  /** Every address in it, however it was named. */
  record Block(Cidr block) implements DestinationPattern {
    @Override
    public String toString() {
      return block.toString();
    }
  }

  /**
   * Reads {@code host}, {@code *.suffix}, an address or {@code address/prefix}.
   *
   * @return empty when the text is none of them
   */
  static Optional<DestinationPattern> parse(String text) {
    Optional<Cidr> block = Cidr.parse(text);
    if (block.isPresent()) return block.map(Block::new);
    if (text.indexOf(':') >= 0 || text.indexOf('/') >= 0) return Optional.empty();
    if (text.startsWith("*.")) return name(text.substring(2)).map(Below::new);
    return name(text).map(Host::new);
  }

  private static Optional<String> name(String text) {
    return HostName.canonical(text).map(DestinationPattern::withoutDot).filter(n -> !n.isEmpty());
  }

  /** With the root's dot or without, it is the same host (RFC 1034 §3.1). */
  private static String withoutDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  /**
   * Whether a destination is meant.
   *
   * @param asked as in a {@code HostPort}
   * @param address what it resolved to, once known
   */
  default AccessRule.Fit fit(String asked, Optional<InetAddress> address) {
    String host = withoutDot(asked);
    return switch (this) {
      case Host(String name) -> host.equals(name) ? AccessRule.Fit.YES : AccessRule.Fit.NO;
      case Below(String suffix) ->
          host.length() > suffix.length()
                  && host.endsWith(suffix)
                  && host.charAt(host.length() - suffix.length() - 1) == '.'
              ? AccessRule.Fit.YES
              : AccessRule.Fit.NO;
      case Block(Cidr block) -> {
        Optional<InetAddress> known = address.or(() -> IpLiteral.parse(host));
        if (known.isEmpty()) yield AccessRule.Fit.DEPENDS_ON_ADDRESS;
        yield block.contains(known.get()) ? AccessRule.Fit.YES : AccessRule.Fit.NO;
      }
    };
  }
}
