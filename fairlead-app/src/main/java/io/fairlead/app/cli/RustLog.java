package io.fairlead.app.cli;

import java.util.List;
import java.util.Locale;

/**
 * The log filter of the program that {@code manage --compat} replaces: a list of {@code level} and
 * {@code target=level}. Targets are those of another program and count for nothing; the most
 * talkative level wins.
 */
final class RustLog {
  private static final List<String> LEVELS =
      List.of("off", "error", "warn", "info", "debug", "trace");

  private RustLog() {}

  /** The level of our own log; {@code error} when the filter names none. */
  static String level(String filter) {
    int found = -1;
    for (String directive : filter.split(",", -1)) {
      String word = directive.substring(directive.lastIndexOf('=') + 1).strip();
      found = Math.max(found, LEVELS.indexOf(word.toLowerCase(Locale.ROOT)));
    }
    return found < 0 ? "error" : LEVELS.get(found);
  }
}
