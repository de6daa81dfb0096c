package io.fairlead.app.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/**
 * One use of one command: its words, options and surroundings. An option counts from the command
 * line first, then from {@code FAIRLEAD_<COMMAND>_<OPTION>}, then (global ones) from {@code
 * FAIRLEAD_<OPTION>}.
 *
 * <p>Immutable; used by the thread that runs the command.
 */
final class Call {
  private final Command command;
  private final List<ParseResult> parsed;
  private final Surroundings surroundings;

  /**
   * @param command the one whose action runs
   * @param parsed from the root to that command
   */
  Call(Command command, List<ParseResult> parsed, Surroundings surroundings) {
    this.command = command;
    this.parsed = List.copyOf(parsed);
    this.surroundings = surroundings;
  }

  Command command() {
    return command;
  }

  Terminal terminal() {
    return surroundings.terminal();
  }

  Map<String, String> environment() {
    return surroundings.environment();
  }

  /** The folder that relative words of the command line start from. */
  Path workingDir() {
    return surroundings.workingDir();
  }

  Optional<String> value(String longName) {
    List<String> values = given(longName);
    return values.isEmpty() ? fromEnvironment(longName) : Optional.of(values.getLast());
  }

  List<String> values(String longName) {
    List<String> values = given(longName);
    return values.isEmpty() ? fromEnvironment(longName).stream().toList() : values;
  }

  boolean flag(String longName) throws CommandFailure {
    return count(longName) > 0;
  }

  /** How often a repeatable flag was given. */
  int count(String longName) throws CommandFailure {
    for (ParseResult level : parsed.reversed()) {
      if (level.hasMatchedOption(longName)) {
        boolean repeatable = level.matchedOption(longName).getValue() instanceof boolean[];
        return repeatable ? ((boolean[]) level.matchedOption(longName).getValue()).length : 1;
      }
    }
    Optional<String> text = fromEnvironment(longName);
    if (text.isEmpty()) return 0;
    return switch (text.get().toLowerCase(Locale.ROOT)) {
      case "", "0", "false", "no" -> 0;
      case "1", "true", "yes" -> 1;
      default ->
          throw CommandFailure.usage(
              "the environment sets " + longName + " to `" + text.get() + "`", "use true or false");
    };
  }

  Optional<Duration> duration(String longName) throws CommandFailure {
    Optional<String> text = value(longName);
    if (text.isEmpty()) return Optional.empty();
    return Optional.of(
        Durations.parse(text.get())
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        longName + ": `" + text.get() + "` is not a duration",
                        "write it as 500ms, 30s, 5m or 1h")));
  }

  Optional<Path> path(String longName) {
    return value(longName).map(workingDir()::resolve);
  }

  List<String> words() {
    List<String> words = new ArrayList<>();
    parsed
        .getLast()
        .matchedPositionals()
        .forEach(each -> words.addAll(each.originalStringValues()));
    return words;
  }

  Optional<String> word(int index) {
    List<String> words = words();
    return index < words.size() ? Optional.of(words.get(index)) : Optional.empty();
  }

  boolean json() throws CommandFailure {
    return flag("--json");
  }

  private List<String> given(String longName) {
    for (ParseResult level : parsed.reversed()) {
      if (level.hasMatchedOption(longName)) {
        return List.copyOf(level.matchedOption(longName).originalStringValues());
      }
    }
    return List.of();
  }

  private Optional<String> fromEnvironment(String longName) {
    String word = longName.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
    StringBuilder path = new StringBuilder("FAIRLEAD_");
    for (ParseResult level : parsed.subList(1, parsed.size())) {
      path.append(level.commandSpec().name().toUpperCase(Locale.ROOT)).append('_');
    }
    String own = environment().get(path + word);
    if (own != null) return Optional.of(own);
    boolean global =
        CommandTree.GLOBAL.stream().anyMatch(option -> option.longName().equals(longName));
    return global ? Optional.ofNullable(environment().get("FAIRLEAD_" + word)) : Optional.empty();
  }

  /** What a command may see of the process; a test makes its own. */
  record Surroundings(Terminal terminal, Map<String, String> environment, Path workingDir) {
    Surroundings {
      environment = Map.copyOf(environment);
    }
  }
}
