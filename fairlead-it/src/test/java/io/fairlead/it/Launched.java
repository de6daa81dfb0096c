package io.fairlead.it;

import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The built program as users start it: {@code ./fairlead} at the top of the checkout. */
final class Launched {
  private static final String LIBRARY = "fairlead-app/target/fairlead/lib";

  /** Kept by the launcher for the next start: one for all classes, each would make its own. */
  private static final String ARCHIVES = "fairlead-it/target/launched";

  private final Path root;
  private final Map<String, String> environment;
  private final List<String> before;

  private Launched(Path root, Map<String, String> environment, List<String> before) {
    this.root = root;
    this.environment = environment;
    this.before = before;
  }

  /** The same below another program, which runs what follows its own words in its place. */
  Launched below(List<String> words) {
    return new Launched(root, environment, words);
  }

  /**
   * Skips the test when nothing is built.
   *
   * @param runtime where a gateway puts its control socket and commands look for it
   */
  static Launched built(Path runtime) {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(root.resolve("fairlead"))) {
      root = root.getParent();
      Assumptions.assumeTrue(root != null, "no launcher above this directory");
    }
    Assumptions.assumeTrue(Files.isDirectory(root.resolve(LIBRARY)), "nothing is built yet");
    return new Launched(
        root,
        Map.of(
            "XDG_CACHE_HOME",
            root.resolve(ARCHIVES).toString(),
            "XDG_RUNTIME_DIR",
            runtime.toString(),
            "FAIRLEAD_JAVA_HOME",
            System.getProperty("java.home")),
        List.of());
  }

  Path root() {
    return root;
  }

  /** What such a command needs in its environment. */
  Map<String, String> environment() {
    return environment;
  }

  /** Starts {@code fairlead} with these arguments, in {@code directory}. */
  Proc start(Path directory, String... arguments) throws IOException {
    return Proc.start(command(arguments), directory, environment);
  }

  /** The same with further options of the JVM. */
  Proc startWith(String javaOptions, Path directory, String... arguments) throws IOException {
    Map<String, String> more = new HashMap<>(environment);
    more.put("FAIRLEAD_JAVA_OPTS", javaOptions);
    return Proc.start(command(arguments), directory, more);
  }

  /** The same with further variables of the environment. */
  Proc startIn(Map<String, String> variables, Path directory, String... arguments)
      throws IOException {
    Map<String, String> more = new HashMap<>(environment);
    more.putAll(variables);
    return Proc.start(command(arguments), directory, more);
  }

  /** The same below a shell that lets it open so many files. */
  Proc startWithFiles(int open, Path directory, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "ulimit -n " + open + "; exec \"$@\"", "sh"));
    command.addAll(command(arguments));
    return Proc.start(command, directory, environment);
  }

  /** The same below a shell that ignores HUP, as {@code nohup} does. */
  Proc startWithoutHup(Path directory, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
    command.addAll(command(arguments));
    return Proc.start(command, directory, environment);
  }

  /** The same without the launcher: nothing between that shell and the JVM. */
  Proc startJavaWithoutHup(Path directory, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "trap '' HUP; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                root.resolve(LIBRARY) + "/*",
                "io.fairlead.app.Main"));
    command.addAll(List.of(arguments));
    return Proc.start(command, directory, environment);
  }

  /** The words of such a command. */
  List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(root.resolve("fairlead").toString());
    command.addAll(List.of(arguments));
    return command;
  }
}
