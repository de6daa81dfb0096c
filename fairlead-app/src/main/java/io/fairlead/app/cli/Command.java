package io.fairlead.app.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One word of the command line: what it takes and what it does. Parser, usage text, did-you-mean
 * and completion all derive from it.
 *
 * @param positional what follows the options, in order
 * @param children further words; a command with children has no action of its own
 */
record Command(
    String name,
    String summary,
    List<Option> options,
    List<Positional> positional,
    List<Command> children,
    Optional<Action> action) {
  Command {
    options = List.copyOf(options);
    positional = List.copyOf(positional);
    children = List.copyOf(children);
  }

  static Command leaf(
      String name,
      String summary,
      List<Option> options,
      List<Positional> positional,
      Action action) {
    return new Command(name, summary, options, positional, List.of(), Optional.of(action));
  }

  static Command group(String name, String summary, List<Command> children) {
    return new Command(name, summary, List.of(), List.of(), children, Optional.empty());
  }

  /**
   * A word without a dash.
   *
   * @param choices what completion offers; other words are allowed as well
   */
  record Positional(String label, boolean required, List<String> choices, String doc) {}

  /** Does the work and returns the exit code. */
  @FunctionalInterface
  interface Action {
    int run(Call call) throws CommandFailure, IOException, InterruptedException;
  }
}
