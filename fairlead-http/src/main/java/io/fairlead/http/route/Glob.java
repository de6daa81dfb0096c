package io.fairlead.http.route;

import com.google.re2j.Pattern;

/**
 * A text with wildcards: {@code *} is any run of characters except {@code /}, {@code **} any run at
 * all, {@code ?} one character except {@code /}. Runs in linear time (RE2).
 */
public final class Glob {
  private final String text;
  private final boolean literal;
  private final Pattern pattern;

  private Glob(String text, String other) {
    this.text = text;
    this.literal = text.indexOf('*') < 0 && text.indexOf('?') < 0;
    this.pattern = Pattern.compile(expression(text, other), Pattern.DOTALL);
  }

  /** Of a path or file name. */
  public static Glob of(String text) {
    return new Glob(text, "[^/]");
  }

  /** Of a text in which a slash is a character like others, e.g. a field value. */
  public static Glob ofText(String text) {
    return new Glob(text, ".");
  }

  public boolean matches(String candidate) {
    return literal ? text.equals(candidate) : pattern.matches(candidate);
  }

  /** The characters before the first wildcard. */
  String literalPrefix() {
    int end = 0;
    while (end < text.length() && text.charAt(end) != '*' && text.charAt(end) != '?') end++;
    return text.substring(0, end);
  }

  private static String expression(String glob, String other) {
    StringBuilder out = new StringBuilder(glob.length() + 16);
    int i = 0;
    while (i < glob.length()) {
      char c = glob.charAt(i++);
      switch (c) {
        case '*' -> {
          boolean any = i < glob.length() && glob.charAt(i) == '*';
          if (any) i++;
          out.append(any ? ".*" : other + "*");
        }
        case '?' -> out.append(other);
        default -> out.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob glob
        && glob.text.equals(text)
        && glob.pattern.pattern().equals(pattern.pattern());
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
