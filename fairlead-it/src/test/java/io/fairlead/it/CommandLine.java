package io.fairlead.it;

import io.fairlead.app.Main;
import io.fairlead.app.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The real command line without a process of its own. */
public final class CommandLine {
  private CommandLine() {}

  /** Exit code and both streams. */
  public record Outcome(int exit, String out, String err) {}

  public static Outcome run(Path workingDir, String... words) {
    return run(Map.of(), workingDir, words);
  }

  public static Outcome run(Map<String, String> environment, Path workingDir, String... words) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int exit =
        Cli.embedded(
                Main.product(),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                workingDir)
            .run(words);
    return new Outcome(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
