package io.fairlead.app.cli;

import io.fairlead.core.config.Problem;
import java.util.List;
import java.util.Map;

/** A command that ends with an exit code and says why; the stack is never shown. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final String code;
  private final String hint;
  private final transient List<Map<String, Object>> diagnostics;

  /**
   * @param exitCode of {@link Exit}
   * @param code for scripts, snake_case
   * @param message lower case, one line
   * @param hint the fix, or empty
   */
  CommandFailure(int exitCode, String code, String message, String hint) {
    this(exitCode, code, message, hint, List.of());
  }

  CommandFailure(
      int exitCode,
      String code,
      String message,
      String hint,
      List<Map<String, Object>> diagnostics) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.hint = hint;
    this.diagnostics = List.copyOf(diagnostics);
  }

  static CommandFailure usage(String message, String hint) {
    return new CommandFailure(Exit.USAGE, "usage", message, hint);
  }

  /** A configuration that cannot be used: 78 when only safety rules object, else 65. */
  static CommandFailure invalid(String file, List<Problem> problems) {
    return new CommandFailure(
        exitCodeOf(problems),
        "invalid_config",
        file + ": " + Diagnosis.count(problems),
        "",
        problems.stream().map(Diagnosis::json).toList());
  }

  static int exitCodeOf(List<Problem> problems) {
    boolean onlyRules =
        problems.stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .allMatch(problem -> problem.code().startsWith("F21"));
    return onlyRules ? Exit.REFUSED_BY_RULE : Exit.INVALID;
  }

  int exitCode() {
    return exitCode;
  }

  String code() {
    return code;
  }

  String hint() {
    return hint;
  }

  List<Map<String, Object>> diagnostics() {
    return diagnostics;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code : message;
  }
}
