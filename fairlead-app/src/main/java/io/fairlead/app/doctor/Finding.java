package io.fairlead.app.doctor;

/**
 * What one check found.
 *
 * @param check stable name, e.g. {@code port.web}
 * @param message what is so; never holds a secret
 * @param fix how to mend it; empty when there is nothing to mend
 */
public record Finding(String check, Level level, String message, String fix) {
  /** How bad it is. */
  public enum Level {
    OK,
    WARN,
    FAIL
  }

  static Finding ok(String check, String message) {
    return new Finding(check, Level.OK, message, "");
  }

  static Finding warn(String check, String message, String fix) {
    return new Finding(check, Level.WARN, message, fix);
  }

  static Finding fail(String check, String message, String fix) {
    return new Finding(check, Level.FAIL, message, fix);
  }
}
