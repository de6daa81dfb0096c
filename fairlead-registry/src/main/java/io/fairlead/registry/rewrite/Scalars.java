package io.fairlead.registry.rewrite;

import io.fairlead.registry.rewrite.Item.Quote;
import java.util.Locale;
import java.util.regex.Pattern;

/** Writes a text as a scalar, in the manner of its neighbours where the text allows it. */
final class Scalars {
  /** Means itself in every place of YAML; the address forms fit. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9./_][A-Za-z0-9./_:-]*[A-Za-z0-9./_]");

  private static final Pattern NUMBER = Pattern.compile("[-+.0-9eExXoOa-fA-F_]*");

  private Scalars() {}

  static String written(String value, Quote like) {
    return switch (like) {
      case PLAIN ->
          PLAIN.matcher(value).matches() && !NUMBER.matcher(value).matches() && !word(value)
              ? value
              : quoted(value);
      case SINGLE ->
          value.chars().allMatch(c -> c >= ' ' && c != '\'' && c < 0x7f)
              ? "'" + value + "'"
              : quoted(value);
      case DOUBLE, MULTI_LINE -> quoted(value);
    };
  }

  private static boolean word(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "null", "true", "false" -> true;
      default -> false;
    };
  }

  /** Double quotes with the escapes that YAML, JSON and TOML share. */
  private static String quoted(String value) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          else text.append(c);
        }
      }
    }
    return text.append('"').toString();
  }
}
