package io.fairlead.app.convert;

import io.fairlead.core.config.Problem;
import java.util.List;

/** The text is not what it is said to be, or beyond a bound. */
public final class ConversionException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  ConversionException(Place at, String message, String hint) {
    super(at + ": " + message);
    this.problem =
        new Problem(
            Problem.Severity.ERROR,
            ConvertCodes.UNREADABLE.toString(),
            "",
            new Problem.Place(at.file(), at.line(), at.column(), 1),
            message,
            hint,
            List.of());
  }

  /** Where and why, with the fix. */
  public Problem problem() {
    return problem;
  }
}
