package io.fairlead.net.http.codec;

import io.netty.util.AsciiString;

/**
 * The syntax of fields where they come as separate names and values (RFC 9113 §8.2.1), as strict as
 * the scanners are with bytes.
 */
public final class FieldSyntax {
  private FieldSyntax() {}

  /** Whether it is a token without upper-case letters. */
  public static boolean name(AsciiString text) {
    byte[] bytes = text.array();
    int from = text.arrayOffset();
    int to = from + text.length();
    for (int i = from; i < to; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') return false;
    }
    return from < to && Octet.all(bytes, from, to, Octet.TOKEN);
  }

  /** Whether a name has {@code _} or {@code .}, which CGI-style servers turn into {@code -}. */
  public static boolean alias(AsciiString name) {
    byte[] bytes = name.array();
    for (int i = name.arrayOffset(); i < name.arrayOffset() + name.length(); i++) {
      if (Octet.is(bytes[i], Octet.ALIAS)) return true;
    }
    return false;
  }

  /** Whether it has no control characters, and no white space at either end. */
  public static boolean value(AsciiString text) {
    byte[] bytes = text.array();
    int from = text.arrayOffset();
    int to = from + text.length();
    if (from == to) return true;
    return !blank(bytes[from]) && !blank(bytes[to - 1]) && Octet.all(bytes, from, to, Octet.TEXT);
  }

  public static boolean token(AsciiString text) {
    return !text.isEmpty() && all(text, Octet.TOKEN);
  }

  /** Whether it is visible ASCII without {@code #}. */
  public static boolean target(AsciiString text) {
    return !text.isEmpty() && all(text, Octet.TARGET);
  }

  /** Whether it is {@code host[:port]} without userinfo. */
  public static boolean authority(AsciiString text) {
    int from = text.arrayOffset();
    return AuthoritySyntax.valid(text.array(), from, from + text.length());
  }

  /** Whether it ends in a port from 1 to 65 535. */
  public static boolean hasPort(AsciiString authority) {
    byte[] bytes = authority.array();
    int from = authority.arrayOffset();
    int to = from + authority.length();
    int colon = AuthoritySyntax.portColon(bytes, from, to);
    return colon >= 0 && AuthoritySyntax.port(bytes, colon + 1, to) > 0;
  }

  /** A {@code Content-Length} of at most 18 digits; -1 when it is none. */
  public static long length(AsciiString text) {
    if (text.isEmpty() || text.length() > 18 || !all(text, Octet.DIGIT)) return -1;
    return text.parseLong();
  }

  private static boolean all(AsciiString text, int bits) {
    int from = text.arrayOffset();
    return Octet.all(text.array(), from, from + text.length(), bits);
  }

  private static boolean blank(byte octet) {
    return octet == ' ' || octet == '\t';
  }
}
