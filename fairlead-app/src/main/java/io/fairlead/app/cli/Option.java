package io.fairlead.app.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One option of a command.
 *
 * @param names short first, the long one last
 * @param value the label of its value; empty for a flag
 * @param repeatable may be given several times
 * @param doc one line
 */
record Option(List<String> names, Optional<String> value, boolean repeatable, String doc) {
  static Option flag(String doc, String... names) {
    return new Option(List.of(names), Optional.empty(), false, doc);
  }

  static Option value(String label, String doc, String... names) {
    return new Option(List.of(names), Optional.of(label), false, doc);
  }

  Option many() {
    return new Option(names, value, true, doc);
  }

  String longName() {
    return names.getLast();
  }

  /** The last part of the environment form: {@code --token-file} is {@code TOKEN_FILE}. */
  String environmentWord() {
    return longName().replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
