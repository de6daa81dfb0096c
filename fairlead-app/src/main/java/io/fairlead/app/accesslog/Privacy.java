package io.fairlead.app.accesslog;

import io.fairlead.core.address.IpLiteral;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What of a request may stand in a log. Immutable. */
final class Privacy {
  static final String MASK = "***";
  private static final Pattern SECRET =
      Pattern.compile("token|key|secret|pass|auth|sig", Pattern.CASE_INSENSITIVE);
  private static final int IPV4_KEPT = 3;
  private static final int IPV6_KEPT = 6;

  private final boolean maskAddresses;
  private final Set<String> unmasked;

  /**
   * @param unmasked names of query parameters, in any case
   */
  Privacy(boolean maskAddresses, List<String> unmasked) {
    this.maskAddresses = maskAddresses;
    this.unmasked = new HashSet<>();
    for (String name : unmasked) this.unmasked.add(name.toLowerCase(Locale.ROOT));
  }

  /** An address, or its network: the first 24 bits of IPv4, the first 48 of IPv6. */
  String address(String text) {
    if (!maskAddresses) return text;
    return IpLiteral.parse(text).map(Privacy::network).orElse(text);
  }

  /** A query without the values of parameters that look like secrets. */
  String query(String query) {
    if (query.indexOf('%') < 0 && !SECRET.matcher(query).find()) return query;
    StringBuilder out = new StringBuilder(query.length());
    int from = 0;
    while (from <= query.length()) {
      int end = next(query, from);
      String part = query.substring(from, end);
      int equals = part.indexOf('=');
      if (equals >= 0 && secret(part.substring(0, equals))) {
        out.append(part, 0, equals + 1).append(MASK);
      } else {
        out.append(part);
      }
      if (end < query.length()) out.append(query.charAt(end));
      from = end + 1;
    }
    return out.toString();
  }

  /** A URL with its query masked and without user information. */
  String url(String url) {
    String clean = url;
    int authority = clean.indexOf("://");
    int at = clean.indexOf('@');
    if (authority >= 0 && at > authority) {
      int slash = clean.indexOf('/', authority + 3);
      if (slash < 0 || at < slash) {
        clean = clean.substring(0, authority + 3) + clean.substring(at + 1);
      }
    }
    int mark = clean.indexOf('?');
    return mark < 0 ? clean : clean.substring(0, mark + 1) + query(clean.substring(mark + 1));
  }

  private boolean secret(String name) {
    String plain = name.indexOf('%') < 0 ? name : decoded(name);
    return SECRET.matcher(plain).find() && !unmasked.contains(plain.toLowerCase(Locale.ROOT));
  }

  /** The name with its percent codes of ASCII resolved, so that {@code %74oken} is seen. */
  private static String decoded(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '%' && i + 2 < name.length()) {
        int high = Character.digit(name.charAt(i + 1), 16);
        int low = Character.digit(name.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          out.append((char) (high * 16 + low));
          i += 2;
          continue;
        }
      }
      out.append(c);
    }
    return out.toString();
  }

  private static int next(String query, int from) {
    for (int i = from; i < query.length(); i++) {
      char c = query.charAt(i);
      if (c == '&' || c == ';') return i;
    }
    return query.length();
  }

  private static String network(InetAddress address) {
    byte[] bytes = address.getAddress();
    int kept = address instanceof Inet4Address ? IPV4_KEPT : IPV6_KEPT;
    Arrays.fill(bytes, kept, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
