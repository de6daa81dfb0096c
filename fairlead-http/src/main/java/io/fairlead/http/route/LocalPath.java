package io.fairlead.http.route;

/** Paths that clients asked for, as they may stand in a Location. */
public final class LocalPath {
  private LocalPath() {}

  /**
   * With one slash at the front: two, or one and a backslash, begin the name of a host (RFC 3986
   * §4.2; browsers take either).
   */
  public static String of(String path) {
    int first = 0;
    while (first < path.length() && (path.charAt(first) == '/' || path.charAt(first) == '\\')) {
      first++;
    }
    return first < 2 ? path : "/" + path.substring(first);
  }
}
