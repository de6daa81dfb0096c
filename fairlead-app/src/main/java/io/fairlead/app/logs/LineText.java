package io.fairlead.app.logs;

/** Text of anybody made fit for one line of a log. */
public final class LineText {
  private static final int TEXT_MAX = 4096;

  private LineText() {}

  /**
   * Appends at most 4096 characters of it, control characters escaped, so that a peer's text cannot
   * forge a line.
   *
   * @param quoted whether quotes and backslashes need an escape too
   */
  public static void append(String text, StringBuilder line, boolean quoted) {
    int end = Math.min(text.length(), TEXT_MAX);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (quoted && (c == '"' || c == '\\')) line.append('\\').append(c);
      else if (c == '\n') line.append("\\n");
      else if (c < ' ' || (c >= 0x7F && c < 0xA0)) line.append("\\u%04x".formatted((int) c));
      else line.append(c);
    }
    if (end < text.length()) line.append('…');
  }
}
