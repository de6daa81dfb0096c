package io.fairlead.core.config;

import java.util.regex.Pattern;

/** What plain scalars mean in the YAML 1.2 core schema (YAML 1.2.2 §10.3.2). */
final class Literals {
  private static final Pattern BOOLEAN = Pattern.compile("true|True|TRUE|false|False|FALSE");
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern FLOAT =
      Pattern.compile(
          "[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
              + "|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");
  private static final int SHOWN_MAX = 60;

  private Literals() {}

  static boolean isBoolean(String text) {
    return BOOLEAN.matcher(text).matches();
  }

  static boolean isNumber(String text) {
    return INTEGER.matcher(text).matches() || FLOAT.matcher(text).matches();
  }

  static boolean isInteger(String text) {
    return INTEGER.matcher(text).matches();
  }

  /** The plain scalar as the core schema resolves it: Boolean, Long, Double, or the text. */
  static Object resolve(String text) {
    if (isBoolean(text)) return text.charAt(0) == 't' || text.charAt(0) == 'T';
    try {
      if (text.matches("[-+]?[0-9]+")) return Long.parseLong(text);
      if (FLOAT.matcher(text).matches() && !text.endsWith("f") && !text.contains(".n")) {
        return Double.parseDouble(text);
      }
    } catch (NumberFormatException tooLong) {
      return text;
    }
    return text;
  }

  /** For messages: one line, bounded, without control characters. */
  static String shorten(String text) {
    StringBuilder shown = new StringBuilder();
    int count = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (count++ == SHOWN_MAX) return shown.append('…').toString();
      boolean printable = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
      shown.appendCodePoint(printable ? c : '\uFFFD');
    }
    return shown.toString();
  }
}
