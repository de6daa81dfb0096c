package io.fairlead.app.demo;

import java.util.List;

/** Prints the acts: a number, a word, what it is; tables below. Knows nothing of the play. */
final class DemoScreen {
  private static final String BOLD = "\u001b[1m";
  private static final String DIM = "\u001b[2m";
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String PLAIN = "\u001b[0m";
  private static final int WORD = 14;

  private final RegistryDemo.Audience stage;
  private int act;

  DemoScreen(RegistryDemo.Audience stage) {
    this.stage = stage;
  }

  void title(String text) {
    stage.line("");
    stage.line("  " + bold(text));
    stage.line("");
  }

  /** The next act. */
  void act(String word, String text) {
    act++;
    stage.line("  " + dim(Integer.toString(act)) + "  " + bold(padded(word, WORD)) + glyphs(text));
  }

  /** More of the same act. */
  void more(String text) {
    stage.line(" ".repeat(5 + WORD) + glyphs(text));
  }

  void gap() {
    stage.line("");
  }

  /** A line of a table; the first cell is its name. */
  void row(List<String> cells, List<Integer> widths, Mood mood) {
    StringBuilder line = new StringBuilder("     ");
    for (int i = 0; i < cells.size(); i++) {
      String cell = padded(glyphs(cells.get(i)), widths.get(i));
      line.append(
          switch (mood) {
            case HEAD -> dim(cell);
            case OPEN -> i == 0 ? cell : coloured(GREEN, cell);
            case CLOSED -> i == 0 ? cell : coloured(RED, cell);
            case PLAIN -> cell;
          });
    }
    stage.line(line.toString().stripTrailing());
  }

  /** What a line of a table tells. */
  enum Mood {
    HEAD,
    OPEN,
    CLOSED,
    PLAIN
  }

  void last(String text) {
    stage.line("");
    stage.line("  " + bold(coloured(GREEN, glyphs(text))));
    stage.line("");
  }

  private String glyphs(String text) {
    return stage.utf8() ? text : text.replace("→", "->").replace("…", "...").replace("·", "-");
  }

  private static String padded(String text, int width) {
    return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
  }

  private String bold(String text) {
    return stage.colour() ? BOLD + text + PLAIN : text;
  }

  private String dim(String text) {
    return stage.colour() ? DIM + text + PLAIN : text;
  }

  private String coloured(String code, String text) {
    return stage.colour() ? code + text + PLAIN : text;
  }
}
