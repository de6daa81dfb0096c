package io.fairlead.http.route;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Looks into the query of a request-target (the {@code a=1&b=2} form). */
public final class QueryString {
  private QueryString() {}

  /** First value of a parameter, decoded; empty when it has none; null when it is not there. */
  public static @Nullable String first(String query, String name) {
    int start = 0;
    while (start <= query.length()) {
      int end = query.indexOf('&', start);
      if (end < 0) end = query.length();
      int equals = query.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (decoded(query.substring(start, nameEnd)).equals(name)) {
        return nameEnd == end ? "" : decoded(query.substring(nameEnd + 1, end));
      }
      start = end + 1;
    }
    return null;
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) return text;
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException brokenEscape) {
      return text;
    }
  }
}
