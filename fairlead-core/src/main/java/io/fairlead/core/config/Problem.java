package io.fairlead.core.config;

import java.util.List;

/**
 * One thing that is wrong with a configuration.
 *
 * @param severity an error keeps the configuration from running, a warning does not
 * @param code diagnostic code, e.g. {@code F1104}
 * @param path the key path, e.g. {@code /upstreams/app/heath}
 * @param place where it stands
 * @param message what is wrong; never contains a secret
 * @param hint how to mend it, or empty
 * @param notes further lines, e.g. the keys allowed here
 */
public record Problem(
    Severity severity,
    String code,
    String path,
    Place place,
    String message,
    String hint,
    List<String> notes) {
  /** Whether it stops the configuration. */
  public enum Severity {
    ERROR,
    WARNING
  }

  /**
   * A position in a file.
   *
   * @param file as the operator named it, or {@code "<generated>"}
   * @param line from 1; 0 when there is none
   * @param column from 1, in code points; 0 when there is none
   * @param length code points to underline
   */
  public record Place(String file, int line, int column, int length) {
    public static final Place NOWHERE = new Place("", 0, 0, 0);
  }

  public Problem {
    notes = List.copyOf(notes);
  }

  /** An error found outside the text, e.g. while binding. */
  public static Problem error(String code, String path, Place place, String message, String hint) {
    return new Problem(Severity.ERROR, code, path, place, message, hint, List.of());
  }
}
