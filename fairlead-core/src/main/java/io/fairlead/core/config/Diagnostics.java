package io.fairlead.core.config;

import io.fairlead.core.config.Problem.Severity;
import java.util.List;
import java.util.stream.Collectors;

/** Problems as text for people. */
public final class Diagnostics {
  private static final int GUTTER = 5;
  private static final int WIDTH_MAX = 160;
  private static final String RED = "\u001b[1;31m";
  private static final String YELLOW = "\u001b[1;33m";
  private static final String RESET = "\u001b[0m";

  private Diagnostics() {}

  /**
   * One block: place and message, the line with carets, the hint, the notes. Ends with a newline.
   *
   * @param sourceText of the problem's file as it may be shown: {@link ConfigDocument#shownText};
   *     empty to leave the line out
   * @param colour whether to use ANSI colours
   */
  public static String render(Problem problem, String sourceText, boolean colour) {
    Problem.Place place = problem.place();
    boolean error = problem.severity() == Severity.ERROR;
    StringBuilder text = new StringBuilder();
    if (!place.file().isEmpty()) {
      text.append(place.file()).append(':');
      if (place.line() > 0)
        text.append(place.line()).append(':').append(place.column()).append(':');
      text.append(' ');
    }
    if (colour) text.append(error ? RED : YELLOW);
    text.append(error ? "error " : "warning ").append(problem.code());
    if (colour) text.append(RESET);
    text.append(": ").append(problem.message()).append('\n');
    boolean hinted = false;
    if (place.line() > 0 && !sourceText.isEmpty()) {
      hinted = sourceLine(problem, sourceText, colour ? (error ? RED : YELLOW) : "", text);
    }
    if (!hinted && !problem.hint().isEmpty()) note(problem.hint(), text);
    problem.notes().forEach(line -> note(line, text));
    note("more: fairlead help " + problem.code(), text);
    return text.toString();
  }

  /** All problems of a reading, one block each, and a line that counts them. */
  public static String render(Reading<?> reading, boolean colour) {
    String blocks =
        reading.problems().stream()
            .map(
                problem ->
                    render(problem, reading.document().shownText(problem.place().file()), colour))
            .collect(Collectors.joining("\n"));
    return reading.problems().isEmpty() ? "" : blocks + "\n" + summary(reading.problems()) + "\n";
  }

  /** {@code 2 errors, 1 warning}. */
  public static String summary(List<Problem> problems) {
    long errors = problems.stream().filter(p -> p.severity() == Severity.ERROR).count();
    long warnings = problems.size() - errors;
    return errors
        + (errors == 1 ? " error, " : " errors, ")
        + warnings
        + (warnings == 1 ? " warning" : " warnings");
  }

  private static boolean sourceLine(
      Problem problem, String sourceText, String paint, StringBuilder text) {
    Problem.Place place = problem.place();
    List<String> lines = sourceText.lines().skip(place.line() - 1L).limit(1).toList();
    if (lines.isEmpty()) return false;
    String first = lines.getFirst();
    int[] line = (first.startsWith("\uFEFF") ? first.substring(1) : first).codePoints().toArray();
    int start = Math.min(place.column() - 1, line.length);
    int length = Math.max(1, Math.min(place.length(), line.length - start));
    // Of a very long line, what is around the place.
    int from = start + length <= WIDTH_MAX ? 0 : Math.max(0, start - WIDTH_MAX / 4);
    int to = Math.min(line.length, from + WIDTH_MAX);
    length = Math.max(1, Math.min(length, to - start));
    text.append(gutter(Integer.toString(place.line())));
    text.append(" | ");
    for (int i = from; i < to; i++) text.appendCodePoint(printable(line[i]));
    text.append('\n').repeat(' ', GUTTER).append(" | ");
    // A tab stays a tab, so that the carets stand where the reader's terminal puts the text.
    for (int i = from; i < start; i++) text.append(line[i] == '\t' ? '\t' : ' ');
    text.append(paint).repeat('^', length).append(paint.isEmpty() ? "" : RESET);
    if (!problem.hint().isEmpty()) text.append(' ').append(problem.hint());
    text.append('\n');
    return true;
  }

  private static String gutter(String number) {
    return " ".repeat(Math.max(0, GUTTER - number.length())) + number;
  }

  /** A file may hold what a terminal would obey. */
  private static int printable(int codePoint) {
    if (codePoint == '\t') return codePoint;
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.FORMAT
        ? 0xFFFD
        : codePoint;
  }

  private static void note(String line, StringBuilder text) {
    text.append("   = ").append(line).append('\n');
  }
}
