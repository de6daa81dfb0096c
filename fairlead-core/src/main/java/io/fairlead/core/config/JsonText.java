package io.fairlead.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes plain trees as JSON (RFC 8259). */
final class JsonText {
  private JsonText() {}

  /** Two spaces per level, with a final newline. */
  static String write(@Nullable Object tree) {
    StringBuilder out = new StringBuilder();
    value(tree, "", out);
    return out.append('\n').toString();
  }

  private static void value(@Nullable Object tree, String indent, StringBuilder out) {
    switch (tree) {
      case null -> out.append("null");
      case Map<?, ?> map when map.isEmpty() -> out.append("{}");
      case Map<?, ?> map -> {
        String below = indent + "  ";
        String separator = "{\n";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator).append(below);
          out.append(quoted(entry.getKey().toString())).append(": ");
          value(entry.getValue(), below, out);
          separator = ",\n";
        }
        out.append('\n').append(indent).append('}');
      }
      case List<?> list when list.isEmpty() -> out.append("[]");
      case List<?> list -> {
        String below = indent + "  ";
        String separator = "[\n";
        for (Object item : list) {
          out.append(separator).append(below);
          value(item, below, out);
          separator = ",\n";
        }
        out.append('\n').append(indent).append(']');
      }
      case Boolean flag -> out.append(flag);
      case Number number -> out.append(number);
      default -> out.append(quoted(tree.toString()));
    }
  }

  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          boolean escape =
              c < 0x20
                  || (c >= 0x7F && c < 0xA0)
                  || c == '\u2028'
                  || c == '\u2029'
                  || c == '\uFEFF'
                  || Character.isSurrogate(c) && !paired(text, i);
          if (escape) out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          else out.append(c);
        }
      }
    }
    return out.append('"').toString();
  }

  private static boolean paired(String text, int i) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
