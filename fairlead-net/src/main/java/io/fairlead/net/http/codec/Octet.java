package io.fairlead.net.http.codec;

import java.nio.charset.StandardCharsets;

/** Classes of octets as one table of bits (RFC 9110 §5.5, §5.6.2; RFC 3986 §3.2.2). */
final class Octet {
  /** {@code tchar}. */
  static final int TOKEN = 1;

  /** May stand in a field value: HTAB, SP, VCHAR, obs-text. */
  static final int TEXT = 2;

  /** Printable ASCII without SP and {@code #}: may stand in a request-target. */
  static final int TARGET = 4;

  /** May stand in a registered name or an IPv4 address. */
  static final int HOST = 8;

  static final int HEX = 16;
  static final int DIGIT = 32;

  /** {@code _} and {@code .}, which CGI-style servers turn into {@code -}. */
  static final int ALIAS = 64;

  private static final byte[] CLASS = new byte[256];

  static {
    for (int c = 0; c < 256; c++) {
      int bits = 0;
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      boolean digit = c >= '0' && c <= '9';
      if (letter || digit || (c < 128 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0)) bits |= TOKEN;
      if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= TEXT;
      if (c > 0x20 && c < 0x7f && c != '#') bits |= TARGET;
      if (letter || digit || c == '.' || c == '-' || c == '_' || c == '~') bits |= HOST;
      if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= HEX;
      if (digit) bits |= DIGIT;
      if (c == '_' || c == '.') bits |= ALIAS;
      CLASS[c] = (byte) bits;
    }
  }

  private Octet() {}

  static int of(byte octet) {
    return CLASS[octet & 0xff];
  }

  static boolean is(byte octet, int bits) {
    return (CLASS[octet & 0xff] & bits) != 0;
  }

  /** Whether all of {@code [from, to)} are of one of the classes; true when empty. */
  static boolean all(byte[] bytes, int from, int to, int bits) {
    for (int i = from; i < to; i++) {
      if ((CLASS[bytes[i] & 0xff] & bits) == 0) return false;
    }
    return true;
  }

  static int indexOf(byte[] bytes, int from, int to, char octet) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == octet) return i;
    }
    return -1;
  }

  /** Whether {@code [from, to)} equals {@code lower}, which is lower case, ignoring ASCII case. */
  static boolean same(byte[] bytes, int from, int to, byte[] lower) {
    if (to - from != lower.length) return false;
    for (int i = 0; i < lower.length; i++) {
      if (lower(bytes[from + i]) != lower[i]) return false;
    }
    return true;
  }

  /** The same against a lower-case string. */
  static boolean same(byte[] bytes, int from, int to, String lower) {
    if (to - from != lower.length()) return false;
    for (int i = 0; i < to - from; i++) {
      if (lower(bytes[from + i]) != lower.charAt(i)) return false;
    }
    return true;
  }

  static byte lower(byte octet) {
    return octet >= 'A' && octet <= 'Z' ? (byte) (octet + 32) : octet;
  }

  static String string(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
