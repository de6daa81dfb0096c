package io.fairlead.core.config;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes plain trees as YAML that reads back as the same tree. Stateless. */
public final class YamlWriter {
  private static final Pattern PLAIN = Pattern.compile("(?:[A-Za-z0-9/]|\\./)[A-Za-z0-9_./+-]*");
  private static final Pattern DATE_OR_NUMBER = Pattern.compile("[0-9]{4}-.*|[0-9][0-9_.]*");
  // Never mistaken by readers of YAML 1.1 either.
  private static final Pattern WORD = Pattern.compile("(?i)true|false|null|yes|no|y|n");

  private YamlWriter() {}

  /**
   * A whole document with a final newline.
   *
   * @param tree of Map, List, String, Long, Double and Boolean
   */
  public static String write(Map<String, Object> tree) {
    StringBuilder out = new StringBuilder();
    if (tree.isEmpty()) return "{}\n";
    block(tree, "", out);
    return out.toString();
  }

  private static void block(Map<?, ?> map, String indent, StringBuilder out) {
    map.forEach(
        (key, value) -> {
          out.append(indent).append(scalar(key)).append(':');
          below(value, indent, out);
        });
  }

  private static void below(Object value, String indent, StringBuilder out) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        out.append('\n');
        block(map, indent + "  ", out);
      }
      case List<?> list when list.stream().anyMatch(YamlWriter::nested) -> {
        out.append('\n');
        for (Object item : list) item(item, indent + "  ", out);
      }
      default -> out.append(' ').append(flow(value)).append('\n');
    }
  }

  private static void item(Object item, String indent, StringBuilder out) {
    if (item instanceof Map<?, ?> map && !map.isEmpty()) {
      // The first key stands on the line of the dash; the rest is indented to match.
      StringBuilder nested = new StringBuilder();
      block(map, indent + "  ", nested);
      out.append(indent).append("- ").append(nested, indent.length() + 2, nested.length());
    } else {
      out.append(indent).append("- ").append(flow(item)).append('\n');
    }
  }

  private static boolean nested(Object item) {
    return item instanceof Map || item instanceof List;
  }

  /** On one line. */
  static String flow(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        StringBuilder out = new StringBuilder("{");
        map.forEach(
            (key, item) -> {
              if (out.length() > 1) out.append(", ");
              out.append(scalar(key)).append(": ").append(flow(item));
            });
        yield out.append('}').toString();
      }
      case List<?> list ->
          "[" + String.join(", ", list.stream().map(YamlWriter::flow).toList()) + "]";
      default -> scalar(value);
    };
  }

  private static String scalar(Object value) {
    if (!(value instanceof String text)) return value.toString();
    boolean plain =
        PLAIN.matcher(text).matches()
            && !WORD.matcher(text).matches()
            && !DATE_OR_NUMBER.matcher(text).matches()
            && !Literals.isNumber(text);
    // "${" must stay what it is: written back it would be substituted.
    return plain ? text : JsonText.quoted(text.replace("${", "$${"));
  }
}
