package io.fairlead.control.http;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds a part of the effective configuration, and prints a part as YAML. */
final class ConfigTree {
  private ConfigTree() {}

  /**
   * What is at a path such as {@code /http/site/routes/0}; the empty path is the whole.
   *
   * @return empty when there is nothing, also for a null
   */
  static Optional<Object> at(Object tree, String path) {
    @Nullable Object here = tree;
    String[] segments = path.isEmpty() || path.equals("/") ? new String[0] : path.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      if (i == 0 && segment.isEmpty()) continue;
      here =
          switch (here) {
            case Map<?, ?> map -> map.get(segment);
            case List<?> list -> element(list, segment);
            case null, default -> null;
          };
    }
    return Optional.ofNullable(here);
  }

  private static @Nullable Object element(List<?> list, String index) {
    if (index.isEmpty() || index.length() > 9 || !index.chars().allMatch(Character::isDigit)) {
      return null;
    }
    int i = Integer.parseInt(index);
    return i < list.size() ? list.get(i) : null;
  }

  /** Block style; every text in double quotes, so that nothing is taken for a number or a flag. */
  static String yaml(Object tree) {
    StringBuilder text = new StringBuilder();
    print(tree, 0, text);
    return text.toString();
  }

  private static void print(@Nullable Object value, int indent, StringBuilder out) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() ->
          map.forEach(
              (key, child) -> {
                out.repeat(' ', indent).append(key(String.valueOf(key))).append(':');
                printBelow(child, indent, out);
              });
      case Collection<?> list when !list.isEmpty() ->
          list.forEach(
              child -> {
                out.repeat(' ', indent).append('-');
                printBelow(child, indent, out);
              });
      case null, default -> out.repeat(' ', indent).append(scalar(value)).append('\n');
    }
  }

  private static void printBelow(@Nullable Object child, int indent, StringBuilder out) {
    boolean nested =
        (child instanceof Map<?, ?> map && !map.isEmpty())
            || (child instanceof Collection<?> list && !list.isEmpty());
    if (nested) {
      out.append('\n');
      print(child, indent + 2, out);
    } else {
      out.append(' ').append(scalar(child)).append('\n');
    }
  }

  private static String key(String key) {
    return key.matches("[a-z][a-z0-9_-]*") ? key : quoted(key);
  }

  private static String scalar(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> _ -> "{}";
      case Collection<?> _ -> "[]";
      case Boolean flag -> flag.toString();
      case Number number -> number.toString();
      default -> quoted(value.toString());
    };
  }

  /** A JSON string is a YAML double-quoted one. */
  private static String quoted(String text) {
    return new String(Json.bytes(Json.tree(text)), java.nio.charset.StandardCharsets.UTF_8);
  }
}
