package io.fairlead.control.access;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code Host} values that mean this machine from inside: {@code localhost}, a dotted 127/8
 * literal, {@code [::1]}. Any other name may be an attacker's that resolves here (DNS rebinding); a
 * literal cannot be rebound.
 */
final class LoopbackHost {
  private static final String OCTET = "(?:0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])";
  private static final Pattern SHAPE =
      Pattern.compile("(?:localhost|127(?:\\." + OCTET + "){3}|\\[::1])(?::([1-9][0-9]{0,4}))?");

  private LoopbackHost() {}

  /** Without a port, or with that one. */
  static boolean names(String authority, int port) {
    Matcher matcher = SHAPE.matcher(authority);
    if (!matcher.matches()) return false;
    String written = matcher.group(1);
    return written == null || Integer.parseInt(written) == port;
  }

  /** With any port or none: for a door that has no port. */
  static boolean names(String authority) {
    return SHAPE.matcher(authority).matches();
  }
}
