package io.fairlead.core.address;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads IP addresses without ever asking a resolver. */
public final class IpLiteral {
  // One to three digits, no leading zero: "010" is 8 to some programs and 10 to others.
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final Pattern V4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");

  private IpLiteral() {}

  /**
   * The address {@code text} spells: a dotted quad of four decimal numbers, or IPv6 without
   * brackets and without a zone. An IPv4-mapped IPv6 address comes back as IPv4.
   */
  public static Optional<InetAddress> parse(String text) {
    if (V4.matcher(text).matches()) return Optional.of(InetAddress.ofLiteral(text));
    if (text.indexOf(':') < 0 || !V6.matcher(text).matches()) return Optional.empty();
    try {
      return Optional.of(Inet6Address.ofLiteral(text));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }
}
