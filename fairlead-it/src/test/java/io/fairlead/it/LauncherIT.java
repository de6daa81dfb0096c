package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, beside a jar whose main class only tells what it was given. */
class LauncherIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path dir;
  private Path launcher;

  @BeforeEach
  void install() throws Exception {
    Files.createDirectories(dir.resolve("gw/bin"));
    Files.createDirectories(dir.resolve("gw/lib"));
    launcher = Files.copy(root().resolve("fairlead"), dir.resolve("gw/bin/fairlead"));
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    jar("one");
  }

  private record Outcome(int exit, String out, String err, long pid) {}

  /** A main class that prints {@code word}, its arguments, its pid and the signals it ignores. */
  private void jar(String word) throws IOException {
    Path source = Files.createDirectories(dir.resolve("src")).resolve("Main.java");
    Files.writeString(
        source,
        """
        package io.fairlead.app;
        class Main {
          public static void main(String[] words) throws Exception {
            System.out.println("%s " + String.join("|", words));
            System.out.println("pid " + ProcessHandle.current().pid());
            System.out.println("flag " + System.getProperty("probe"));
            for (String line : java.nio.file.Files.readAllLines(
                java.nio.file.Path.of("/proc/self/status"))) {
              if (line.startsWith("SigIgn")) System.out.println(line);
            }
          }
        }
        """
            .formatted(word));
    Path classes = Files.createDirectories(dir.resolve("classes"));
    int failures =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", classes.toString(), source.toString());
    assertThat(failures).isZero();
    Path next = dir.resolve("next.jar");
    try (var jar = new JarOutputStream(Files.newOutputStream(next))) {
      jar.putNextEntry(new JarEntry("io/fairlead/app/Main.class"));
      jar.write(Files.readAllBytes(classes.resolve("io/fairlead/app/Main.class")));
    }
    Files.move(next, dir.resolve("gw/lib/fairlead-app-1.jar"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Outcome launch(Path directory, Map<String, String> environment, String... command)
      throws Exception {
    var words = new ArrayList<>(List.of("env", "-u", "JAVA_HOME"));
    environment.forEach((name, value) -> words.add(name + "=" + value));
    words.add("XDG_CACHE_HOME=" + dir.resolve("cache"));
    if (!environment.containsKey("FAIRLEAD_JAVA_HOME")) {
      words.add("FAIRLEAD_JAVA_HOME=" + System.getProperty("java.home"));
    }
    words.addAll(List.of(command));
    try (Proc proc = Proc.start(words, directory, Map.of())) {
      int exit = proc.awaitExit(LIMIT);
      return new Outcome(exit, proc.stdout(), proc.stderr(), proc.pid());
    }
  }

  private Outcome launch(String... words) throws Exception {
    return launch(dir, Map.of(), words);
  }

  @Test
  void worksThroughSymbolicLinksFromAnyFolder() throws Exception {
    Path elsewhere = Files.createDirectories(dir.resolve("else where"));
    Path absolute = Files.createSymbolicLink(dir.resolve("absolute"), launcher);
    Path relative = Files.createSymbolicLink(elsewhere.resolve("relative"), Path.of("../absolute"));
    for (Path link : List.of(launcher, absolute, relative)) {
      Outcome outcome = launch(elsewhere, Map.of(), link.toString(), "version", "a b", "*");
      assertThat(outcome.out()).startsWith("one version|a b|*\n");
      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.exit()).isZero();
    }
    Outcome onPath =
        launch(
            elsewhere,
            Map.of("PATH", launcher.getParent() + ":/usr/bin:/bin"),
            "sh",
            "-c",
            "fairlead version");
    assertThat(onPath.out()).startsWith("one version\n");
  }

  @Test
  void buildsOnFirstUseInACheckoutWhateverMavenEndsItsOutputWith() throws Exception {
    Path checkout = Files.createDirectories(dir.resolve("checkout"));
    Files.createDirectories(checkout.resolve("fairlead-app"));
    Files.writeString(checkout.resolve("fairlead-app/pom.xml"), "<project/>");
    Path script = Files.copy(launcher, checkout.resolve("fairlead"));
    Path tools = Files.createDirectories(dir.resolve("tools"));
    Path maven = tools.resolve("mvn");
    Files.writeString(
        maven,
        """
        #!/bin/sh
        echo '[INFO] Building fairlead-app 1                       [1/1]'
        mkdir -p fairlead-app/target/fairlead/lib
        cp %s fairlead-app/target/fairlead/lib/
        printf '\\033[0m\\033[0m'
        """
            .formatted(dir.resolve("gw/lib/fairlead-app-1.jar")));
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    Outcome outcome =
        launch(
            dir, Map.of("PATH", tools + ":" + System.getenv("PATH")), script.toString(), "version");
    assertThat(outcome.err()).contains("first use", "Building fairlead-app", "built");
    assertThat(outcome.out()).startsWith("one version");
    assertThat(outcome.exit()).isZero();
  }

  @Test
  void becomesTheJavaProcess() throws Exception {
    Outcome outcome = launch(launcher.toString(), "run");
    assertThat(outcome.out()).contains("pid " + outcome.pid() + "\n");
  }

  @Test
  void withoutJava25ItSaysSoWithExit69() throws Exception {
    Path tools = Files.createDirectories(dir.resolve("tools"));
    for (String tool : List.of("sed", "readlink", "dirname", "env", "sh")) {
      Path found =
          Stream.of("/usr/bin", "/bin")
              .map(folder -> Path.of(folder, tool))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow();
      Files.copy(found, tools.resolve(tool));
    }
    Outcome outcome =
        launch(
            dir,
            Map.of("PATH", tools.toString(), "FAIRLEAD_JAVA_HOME", "", "FAIRLEAD_JDK_DIRS", ""),
            launcher.toString(),
            "version");
    assertThat(outcome.exit()).isEqualTo(69);
    assertThat(outcome.err())
        .contains("no Java of 25 or newer found")
        .contains("FAIRLEAD_JAVA_HOME");
  }

  @Test
  void anOldJavaIsPassedOver() throws Exception {
    Path old = Files.createDirectories(dir.resolve("old/bin")).getParent();
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.2\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\necho wrong java\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Outcome outcome =
        launch(
            dir,
            Map.of(
                "FAIRLEAD_JAVA_HOME",
                old.toString(),
                "FAIRLEAD_JDK_DIRS",
                old + " " + System.getProperty("java.home")),
            launcher.toString(),
            "version");
    assertThat(outcome.out()).startsWith("one version\n");
  }

  @Test
  void aReplacedJarRunsItsNewCode() throws Exception {
    assertThat(launch(launcher.toString(), "run").out()).startsWith("one run\n");
    assertThat(archives()).hasSize(1);
    assertThat(launch(launcher.toString(), "run").out()).startsWith("one run\n");
    jar("two");
    assertThat(launch(launcher.toString(), "run").out()).startsWith("two run\n");
    assertThat(archives()).hasSize(2);
    Outcome again = launch(launcher.toString(), "run");
    assertThat(again.out()).startsWith("two run\n");
    assertThat(again.err()).isEmpty();
  }

  private List<Path> archives() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve("cache/fairlead"))) {
      return files.filter(file -> file.toString().endsWith(".jsa")).toList();
    }
  }

  @Test
  void anInheritedIgnoredHupIsUndoneForAGateway() throws Exception {
    boolean possible =
        new ProcessBuilder("env", "--default-signal=HUP", "true")
                .redirectErrorStream(true)
                .start()
                .waitFor()
            == 0;
    assumeTrue(possible, "this env cannot restore signals");
    Outcome outcome = launch("sh", "-c", "trap '' HUP; exec \"$0\" run", launcher.toString());
    // Bit 0 of the mask is signal 1.
    assertThat(outcome.out()).containsPattern("SigIgn:\\s+[0-9a-f]*[02468ace]$");
  }

  @Test
  void furtherOptionsReachTheJvm() throws Exception {
    Outcome outcome =
        launch(
            dir, Map.of("FAIRLEAD_JAVA_OPTS", "-Dprobe=yes -Xmx64m"), launcher.toString(), "run");
    assertThat(outcome.out()).contains("flag yes\n");
  }

  @Test
  void aFolderForTheArchiveThatCannotBeWrittenIsNoObstacle() throws Exception {
    Files.writeString(dir.resolve("cache"), "a file, not a folder");
    Outcome outcome = launch(launcher.toString(), "run");
    assertThat(outcome.out()).startsWith("one run\n");
    assertThat(outcome.err()).isEmpty();
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("fairlead-core")) ? here : here.getParent();
  }
}
