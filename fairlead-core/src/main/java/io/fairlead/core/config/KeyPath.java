package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * The two spellings of a path: {@code upstreams.app} and the JSON pointer {@code /upstreams/app}.
 */
final class KeyPath {
  private KeyPath() {}

  /** RFC 6901. */
  static String pointer(List<String> segments) {
    StringBuilder pointer = new StringBuilder();
    for (String segment : segments) {
      pointer.append('/').append(segment.replace("~", "~0").replace("/", "~1"));
    }
    return pointer.toString();
  }

  /** Reads a pointer, or dots with {@code [0]} or {@code .0} for a list item. */
  static List<String> parse(String path) {
    if (path.isEmpty() || path.equals("/") || path.equals(".")) return List.of();
    List<String> segments = new ArrayList<>();
    if (path.startsWith("/")) {
      for (String part : path.substring(1).split("/", -1)) {
        segments.add(part.replace("~1", "/").replace("~0", "~"));
      }
    } else {
      for (String part : path.replace("[", ".").replace("]", "").split("\\.", -1)) {
        if (!part.isEmpty()) segments.add(part);
      }
    }
    return List.copyOf(segments);
  }
}
