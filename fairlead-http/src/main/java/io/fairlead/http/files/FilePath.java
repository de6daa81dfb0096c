package io.fairlead.http.files;

import io.fairlead.http.route.Glob;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A request path decoded once into file names, every one of them harmless. */
sealed interface FilePath {
  /**
   * Names below the root.
   *
   * @param directory whether the path ends with a slash
   */
  record Names(List<String> segments, boolean directory) implements FilePath {}

  /** Not a path we open: 400. */
  record Malformed() implements FilePath {}

  /** A name nobody gets to see: 404. */
  record Hidden() implements FilePath {}

  FilePath MALFORMED = new Malformed();
  FilePath HIDDEN = new Hidden();

  /**
   * @param path absolute path of the request-target, escapes still in place
   * @param hide globs on single names
   */
  static FilePath decode(String path, List<Glob> hide) {
    if (path.isEmpty() || path.charAt(0) != '/') return MALFORMED;
    List<String> segments = new ArrayList<>(4);
    boolean hidden = false;
    int start = 1;
    while (start < path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String name;
      try {
        name = decode(path, start, end);
      } catch (CharacterCodingException notUtf8) {
        return MALFORMED;
      }
      if (!harmless(name)) return MALFORMED;
      // An empty name would make "//host/" of a redirect; no file has one.
      hidden |= name.isEmpty() || !shown(name, hide);
      segments.add(name);
      start = end + 1;
    }
    return hidden ? HIDDEN : new Names(List.copyOf(segments), path.endsWith("/"));
  }

  /** Whether a name of a directory may be seen. */
  static boolean shown(String name, List<Glob> hide) {
    return name.charAt(0) != '.' && !matchesAny(hide, name);
  }

  private static boolean matchesAny(List<Glob> globs, String name) {
    for (Glob glob : globs) {
      if (glob.matches(name)) return true;
    }
    return false;
  }

  private static boolean harmless(String name) {
    if (name.equals(".") || name.equals("..")) return false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < ' ' || c == 0x7f || c == '/' || c == '\\') return false;
    }
    return true;
  }

  /** Percent-decoding followed by strict UTF-8, which refuses overlong forms and surrogates. */
  private static String decode(String path, int start, int end) throws CharacterCodingException {
    boolean plain = true;
    for (int i = start; i < end && plain; i++) {
      plain = path.charAt(i) != '%' && path.charAt(i) < 0x80;
    }
    if (plain) return path.substring(start, end);
    ByteBuffer bytes = ByteBuffer.allocate(end - start);
    for (int i = start; i < end; i++) {
      char c = path.charAt(i);
      if (c >= 0x80) throw new CharacterCodingException();
      if (c != '%') {
        bytes.put((byte) c);
        continue;
      }
      int high = i + 1 < end ? Character.digit(path.charAt(i + 1), 16) : -1;
      int low = i + 2 < end ? Character.digit(path.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) throw new CharacterCodingException();
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
  }
}
