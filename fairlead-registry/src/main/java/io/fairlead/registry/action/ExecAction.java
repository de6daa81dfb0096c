package io.fairlead.registry.action;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code exec}: runs a program; what changed is in its environment. */
final class ExecAction implements ReloadAction {
  /** Longer lists go to a file. */
  private static final int VALUE_MAX = 32 * 1024;

  private static final int SHOWN_MAX = 300;

  private final ReloadConfig.Exec config;
  private final Duration timeout;
  private final ProgramRun programs;

  ExecAction(ReloadConfig.Exec config, Duration timeout, ProgramRun programs) {
    this.config = config;
    this.timeout = timeout;
    this.programs = programs;
  }

  @Override
  public String type() {
    return "exec";
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("FAIRLEAD_TARGET", occasion.target());
    environment.put("FAIRLEAD_PLAN", occasion.plan());
    environment.put("FAIRLEAD_FILE", occasion.file().toString());
    environment.put("FAIRLEAD_BLOCK", occasion.block());
    environment.put("FAIRLEAD_TX", occasion.tx().orElse(""));
    List<Path> made = new java.util.ArrayList<>();
    try {
      put(environment, "FAIRLEAD_ADDED", occasion.added(), made);
      put(environment, "FAIRLEAD_REMOVED", occasion.removed(), made);
      return result(
          programs.run(config.argv(), environment, timeout), config.okExit(), config.argv());
    } catch (IOException failure) {
      return new ActionResult.Failed("cannot write a list for it: " + failure.getMessage());
    } finally {
      for (Path each : made) {
        try {
          Files.deleteIfExists(each);
        } catch (IOException left) {
          // A file in the temporary folder; it holds addresses only.
        }
      }
    }
  }

  private static void put(
      Map<String, String> environment, String name, List<String> list, List<Path> made)
      throws IOException {
    String joined = String.join(",", list);
    if (joined.length() <= VALUE_MAX) {
      environment.put(name, joined);
      return;
    }
    Path file =
        Files.createTempFile(
            "fairlead-list",
            ".txt",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    made.add(file);
    Files.writeString(file, String.join("\n", list) + "\n");
    environment.put(name + "_FILE", file.toString());
  }

  static ActionResult result(ProgramRun.End end, List<Integer> okExit, List<String> argv) {
    String program = argv.getFirst();
    return switch (end) {
      case ProgramRun.End.Exited(int code, String output) ->
          okExit.contains(code)
              ? new ActionResult.Done("")
              : new ActionResult.Failed(program + " ended with " + code + said(output));
      case ProgramRun.End.TimedOut(String output) ->
          new ActionResult.Failed(program + " took too long and was ended" + said(output));
      case ProgramRun.End.NotStarted(String reason) ->
          new ActionResult.Failed(program + " does not start: " + reason);
    };
  }

  private static String said(String output) {
    if (output.isEmpty()) return "";
    String line = output.lines().toList().getLast().strip();
    return ": " + (line.length() > SHOWN_MAX ? line.substring(0, SHOWN_MAX) + "…" : line);
  }
}
