package io.fairlead.app.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A command line without a process: words in, exit code and both streams out. */
final class CliFixture {
  final SampleProduct product = new SampleProduct();
  final Map<String, String> environment = new HashMap<>();
  private final Path workingDir;

  CliFixture(Path workingDir) {
    this.workingDir = workingDir;
    environment.put("LANG", "C.UTF-8");
  }

  record Outcome(int exit, String out, String err) {
    Map<String, Object> json() {
      return Map.copyOf(Json.object(out).orElseThrow(() -> new AssertionError("not JSON: " + out)));
    }

    List<String> outLines() {
      return out.lines().toList();
    }
  }

  Outcome run(String... words) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            true);
    int exit =
        new Cli(product, new Call.Surroundings(terminal, environment, workingDir)).run(words);
    return new Outcome(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
