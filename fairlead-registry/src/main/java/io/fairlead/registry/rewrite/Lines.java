package io.fairlead.registry.rewrite;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Where the lines of a text begin and end; a line ends with LF, CR LF or CR. Immutable. */
final class Lines {
  private final String text;
  private final int[] starts;

  Lines(String text) {
    this.text = text;
    IntStream.Builder found = IntStream.builder().add(0);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ends =
          c == '\n' || (c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'));
      if (ends) found.add(i + 1);
    }
    this.starts = found.build().toArray();
  }

  /** The 0-based line that holds this offset. */
  int lineOf(int offset) {
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  int start(int line) {
    return starts[line];
  }

  /** Behind its last character, before its line break. */
  int end(int line) {
    int end = next(line);
    if (end > starts[line] && text.charAt(end - 1) == '\n') end--;
    if (end > starts[line] && text.charAt(end - 1) == '\r') end--;
    return end;
  }

  /** Where the next line begins, or the end of the text. */
  int next(int line) {
    return line + 1 < starts.length ? starts[line + 1] : text.length();
  }

  /** Holds a comment and nothing else. */
  boolean comment(int line) {
    int at = skipBlanks(starts[line]);
    return at < end(line) && text.charAt(at) == '#';
  }

  /** Only blanks before this offset on its line. */
  boolean blankBefore(int offset) {
    return skipBlanks(starts[lineOf(offset)]) >= offset;
  }

  /** Only blanks and perhaps a comment from this offset to the end of its line. */
  boolean nothingBehind(int offset) {
    int end = end(lineOf(offset));
    int at = skipBlanks(offset);
    return at >= end || text.charAt(at) == '#';
  }

  /** The line break this text uses, by its first one. */
  String lineBreak() {
    int end = end(0);
    return end < next(0) ? text.substring(end, next(0)) : "\n";
  }

  private int skipBlanks(int from) {
    int at = from;
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) at++;
    return at;
  }
}
