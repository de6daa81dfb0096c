package io.fairlead.http.route;

import java.net.IDN;
import java.util.Locale;

/**
 * A host name, or every name below one.
 *
 * @param name lower-case A-labels without trailing dot, an IPv4 literal or a bracketed IPv6 one
 * @param below whether it was written {@code *.name}: names below, not the name itself
 */
public record HostPattern(String name, boolean below) {
  /**
   * Reads {@code name} or {@code *.name}; names are turned into A-labels.
   *
   * @throws IllegalArgumentException not a host name
   */
  public static HostPattern parse(String text) {
    boolean below = text.startsWith("*.");
    String rest = below ? text.substring(2) : text;
    if (rest.startsWith("[") && rest.endsWith("]") && !below) {
      return new HostPattern(rest.toLowerCase(Locale.ROOT), false);
    }
    String ascii = stripDot(IDN.toASCII(rest, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT));
    if (ascii.isEmpty() || ascii.length() > 253 || !named(ascii)) {
      throw new IllegalArgumentException("host: " + text + " (expected: a name or *.name)");
    }
    return new HostPattern(ascii, below);
  }

  /**
   * The host of an authority: without port and trailing dot. Expects lower case.
   *
   * @param authority {@code host}, {@code host:port} or {@code [v6]:port}; may be empty
   */
  public static String hostOf(String authority) {
    int end = authority.length();
    if (end > 0 && authority.charAt(0) == '[') {
      int bracket = authority.indexOf(']');
      return bracket < 0 ? authority : authority.substring(0, bracket + 1);
    }
    int colon = authority.indexOf(':');
    if (colon >= 0) end = colon;
    if (end > 0 && authority.charAt(end - 1) == '.') end--;
    return end == authority.length() ? authority : authority.substring(0, end);
  }

  /**
   * @param host as {@link #hostOf} gives it
   */
  public boolean matches(String host) {
    if (!below) return host.equals(name);
    int dot = host.length() - name.length() - 1;
    return dot > 0 && host.charAt(dot) == '.' && host.endsWith(name);
  }

  boolean covers(HostPattern other) {
    if (equals(other)) return true;
    return below && (matches(other.name) || (other.below && other.name.equals(name)));
  }

  private static String stripDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static boolean named(String ascii) {
    if (ascii.startsWith(".") || ascii.contains("..")) return false;
    for (int i = 0; i < ascii.length(); i++) {
      char c = ascii.charAt(i);
      boolean good =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      if (!good) return false;
    }
    return true;
  }

  @Override
  public String toString() {
    return below ? "*." + name : name;
  }
}
