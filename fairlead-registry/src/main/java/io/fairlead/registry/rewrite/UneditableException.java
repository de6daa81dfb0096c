package io.fairlead.registry.rewrite;

/** The text cannot be edited without a risk for the rest of it. Trying again does not help. */
public final class UneditableException extends Exception {
  private static final long serialVersionUID = 1;

  private final int line;
  private final int column;

  /**
   * @param line 1-based, 0 when it concerns the whole text
   * @param column 1-based, in characters
   */
  UneditableException(String reason, int line, int column) {
    super(reason);
    this.line = line;
    this.column = column;
  }

  /** At a place of a text. */
  static UneditableException at(String text, int offset, String reason) {
    Lines lines = new Lines(text);
    int at = Math.clamp(offset, 0, text.length());
    int line = lines.lineOf(at);
    return new UneditableException(reason, line + 1, at - lines.start(line) + 1);
  }

  /** 1-based; 0 when the whole text is meant. */
  public int line() {
    return line;
  }

  /** 1-based, in characters; 0 when the whole text is meant. */
  public int column() {
    return column;
  }

  @Override
  public String getMessage() {
    return (line > 0 ? line + ":" + column + ": " : "") + super.getMessage();
  }
}
