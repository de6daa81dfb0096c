package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion scripts, loaded by the shells they are for and asked at several places. */
class CompletionIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** A line up to the cursor, and words that must be offered there. */
  private static final Map<String, List<String>> PROBES = new LinkedHashMap<>();

  static {
    PROBES.put("fairlead re", List.of("reload", "reverse"));
    PROBES.put("fairlead config sh", List.of("show"));
    PROBES.put("fairlead -c some.yaml config sh", List.of("show"));
    PROBES.put("fairlead stop --d", List.of("--drain"));
    PROBES.put("fairlead --color a", List.of("auto", "always"));
    PROBES.put("fairlead validate --format s", List.of("sarif"));
    PROBES.put("fairlead serve ec", List.of("echo"));
    PROBES.put("fairlead completion z", List.of("zsh"));
    PROBES.put("fairlead help exit", List.of("exit-codes"));
    PROBES.put("fairlead config explain listeners.ec", List.of("listeners.echo.bind"));
  }

  @TempDir Path dir;

  @Test
  void bash() throws Exception {
    StringBuilder probes = new StringBuilder();
    PROBES.forEach((line, _) -> probes.append("probe ").append(line).append('\n'));
    check(
        "bash",
        """
        set -eu
        source "$1"
        complete -p fairlead >/dev/null
        probe() {
          COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
          _fairlead || true
          echo "${COMPREPLY[*]}"
        }
        """
            + probes);
  }

  @Test
  void zsh() throws Exception {
    StringBuilder probes = new StringBuilder();
    PROBES.forEach((line, _) -> probes.append("probe ").append(line).append('\n'));
    check(
        "zsh",
        """
        emulate zsh
        source "$1"
        _files() { : }
        compadd() {
          shift
          local each
          for each in "$@"; do [[ $each == ${words[CURRENT]}* ]] && offered+=($each); done
        }
        probe() {
          words=("$@"); CURRENT=$#; offered=()
          _fairlead
          print -r -- "$offered"
        }
        """
            + probes);
  }

  @Test
  void fish() throws Exception {
    StringBuilder probes = new StringBuilder();
    PROBES.forEach(
        (line, _) ->
            probes
                .append("echo (complete -C '")
                .append(line)
                .append("' | string split -f1 \\t)\n"));
    check("fish", "source $argv[1]\n" + probes);
  }

  private void check(String shell, String program) throws Exception {
    Path binary = Peers.require(shell);
    try (Guarded guarded = Guarded.start(dir, "", "")) {
      Path tools = Files.createDirectories(dir.resolve("bin"));
      Path fairlead = tools.resolve("fairlead");
      Files.writeString(
          fairlead,
          "#!/bin/sh\nexec '%s' -cp '%s' io.fairlead.app.Main \"$@\"\n"
              .formatted(
                  Path.of(System.getProperty("java.home"), "bin", "java"),
                  System.getProperty("java.class.path")));
      Files.setPosixFilePermissions(fairlead, PosixFilePermissions.fromString("rwx------"));
      Path script =
          Files.writeString(
              dir.resolve("completion." + shell), CommandLine.run(dir, "completion", shell).out());
      Path probe = Files.writeString(dir.resolve("probe." + shell), program);
      Map<String, String> environment =
          Map.of(
              "PATH",
              tools + ":" + System.getenv("PATH"),
              "HOME",
              dir.toString(),
              "XDG_CONFIG_HOME",
              dir.resolve("config").toString(),
              "FAIRLEAD_CONTROL",
              "unix:" + guarded.socket());
      List<String> command = new ArrayList<>(List.of(binary.toString()));
      if (shell.equals("zsh")) command.add("-f");
      if (shell.equals("bash")) command.add("--norc");
      command.addAll(List.of(probe.toString(), script.toString()));
      try (Proc run = Proc.start(command, dir, environment)) {
        int exit = run.awaitExit(LIMIT);
        assertThat(exit).as(run.stderr()).isZero();
        assertThat(run.stderr()).isEmpty();
        List<String> lines = run.stdout().lines().toList();
        assertThat(lines).as(run.stdout()).hasSize(PROBES.size());
        int at = 0;
        for (Map.Entry<String, List<String>> expected : PROBES.entrySet()) {
          List<String> offered = Arrays.asList(lines.get(at++).split(" "));
          String word = expected.getKey().substring(expected.getKey().lastIndexOf(' ') + 1);
          assertThat(offered)
              .as("%s: %s", shell, expected.getKey())
              .containsAll(expected.getValue())
              .allMatch(each -> each.startsWith(word));
        }
      }
    }
  }
}
