package io.fairlead.app.cli;

import io.fairlead.app.Console;
import java.util.Map;
import java.util.Optional;

/** The console of a command that keeps running; each line is flushed. */
record CliConsole(Terminal terminal, boolean colour, boolean json, boolean quiet, int verbosity)
    implements Console {
  static CliConsole of(Call call) throws CommandFailure {
    return new CliConsole(
        call.terminal(),
        colour(call, call.terminal().errTty()),
        call.json(),
        call.flag("--quiet"),
        call.count("--verbose"));
  }

  /** {@code --color}, then {@code NO_COLOR} and {@code CLICOLOR_FORCE}, then the terminal. */
  static boolean colour(Call call, boolean tty) throws CommandFailure {
    Optional<String> choice = call.value("--color");
    Map<String, String> environment = call.environment();
    return switch (choice.orElse("auto")) {
      case "always" -> true;
      case "never" -> false;
      case "auto" -> {
        String forced = environment.getOrDefault("CLICOLOR_FORCE", "");
        boolean refused = !environment.getOrDefault("NO_COLOR", "").isEmpty();
        yield !refused && (tty || (!forced.isEmpty() && !forced.equals("0")));
      }
      default ->
          throw CommandFailure.usage(
              "--color: `" + choice.orElse("") + "` is not a choice", "use auto, always or never");
    };
  }

  @Override
  public void out(String line) {
    terminal.data(line);
    terminal.out().flush();
  }

  @Override
  public void err(String line) {
    terminal.say(line);
  }

  @Override
  public boolean tty() {
    return terminal.errTty();
  }
}
