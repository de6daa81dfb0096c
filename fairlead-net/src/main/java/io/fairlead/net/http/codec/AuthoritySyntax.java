package io.fairlead.net.http.codec;

/** What may stand before a path (RFC 3986 §3.2, without userinfo). */
final class AuthoritySyntax {
  private AuthoritySyntax() {}

  /** {@code host[:port]} without userinfo; an IPv6 literal in brackets. */
  static boolean valid(byte[] bytes, int from, int to) {
    int colon = portColon(bytes, from, to);
    int hostEnd = colon < 0 ? to : colon;
    if (colon >= 0 && port(bytes, colon + 1, to) < 0) return false;
    if (hostEnd == from) return false;
    if (bytes[from] == '[') {
      if (bytes[hostEnd - 1] != ']' || hostEnd - from < 4) return false;
      for (int i = from + 1; i < hostEnd - 1; i++) {
        if (bytes[i] != ':' && bytes[i] != '.' && !Octet.is(bytes[i], Octet.HEX)) return false;
      }
      return true;
    }
    return Octet.all(bytes, from, hostEnd, Octet.HOST);
  }

  /** Position of the colon before the port, or -1. */
  static int portColon(byte[] bytes, int from, int to) {
    if (from < to && bytes[from] == '[') {
      int bracket = Octet.indexOf(bytes, from, to, ']');
      return bracket >= 0 && bracket + 1 < to && bytes[bracket + 1] == ':' ? bracket + 1 : -1;
    }
    return Octet.indexOf(bytes, from, to, ':');
  }

  /** The port; 0 when empty or zero; -1 when it is none. */
  static int port(byte[] bytes, int from, int to) {
    if (to - from > 5 || !Octet.all(bytes, from, to, Octet.DIGIT)) return -1;
    int value = 0;
    for (int i = from; i < to; i++) value = value * 10 + (bytes[i] - '0');
    return value <= 65_535 ? value : -1;
  }
}
