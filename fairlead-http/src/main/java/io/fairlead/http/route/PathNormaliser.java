package io.fairlead.http.route;

import org.jspecify.annotations.Nullable;

/**
 * The one normalisation before routing (RFC 3986 §6.2.2): percent-encoded unreserved characters are
 * decoded, other escapes get upper-case digits, dot segments are removed. What would change the
 * meaning of a path between two readers is refused instead: an encoded slash, backslash or NUL, a
 * literal backslash, a broken escape, and a path that climbs above its root.
 */
public final class PathNormaliser {
  private PathNormaliser() {}

  /**
   * @param path without query
   * @return the normal form (the same string when it already is), or null when refused
   */
  public static @Nullable String normalise(String path) {
    int length = path.length();
    if (length == 0 || path.charAt(0) != '/') return null;
    boolean normal = true;
    char before = '/';
    for (int i = 1; i < length; i++) {
      char c = path.charAt(i);
      if (c == '\\' || c <= ' ' || c >= 0x7f) return null;
      if (c == '%' || (c == '.' && before == '/')) normal = false;
      before = c;
    }
    if (normal) return path;
    String decoded = path.indexOf('%') < 0 ? path : decodeUnreserved(path);
    return decoded == null ? null : removeDotSegments(decoded);
  }

  private static @Nullable String decodeUnreserved(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      int value = escapeAt(path, i);
      if (value < 0 || value == 0 || value == '/' || value == '\\') return null;
      if (unreserved(value)) {
        out.append((char) value);
      } else {
        out.append('%').append(upperHex(value >> 4)).append(upperHex(value & 15));
      }
      i += 2;
    }
    return out.toString();
  }

  private static @Nullable String removeDotSegments(String path) {
    StringBuilder out = new StringBuilder(path.length());
    int start = 1;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      boolean last = slash < 0;
      int segmentLength = end - start;
      if (segmentLength == 1 && path.charAt(start) == '.') {
        if (last) out.append('/');
      } else if (segmentLength == 2 && path.startsWith("..", start)) {
        int parent = out.lastIndexOf("/");
        if (parent < 0) return null;
        out.setLength(parent);
        if (last) out.append('/');
      } else {
        out.append('/').append(path, start, end);
      }
      start = end + 1;
    }
    return out.toString();
  }

  /** Value of the escape whose percent sign stands at {@code index}, or -1 when it is broken. */
  static int escapeAt(String text, int index) {
    if (index + 2 >= text.length()) return -1;
    int high = Character.digit(text.charAt(index + 1), 16);
    int low = Character.digit(text.charAt(index + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static boolean unreserved(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  private static char upperHex(int digit) {
    return (char) (digit < 10 ? '0' + digit : 'A' + digit - 10);
  }
}
