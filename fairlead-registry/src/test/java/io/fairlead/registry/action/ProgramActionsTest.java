package io.fairlead.registry.action;

import static io.fairlead.registry.action.Fixture.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ActionResult.Done;
import io.fairlead.registry.action.ActionResult.Failed;
import io.fairlead.registry.action.ActionResult.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code exec} and {@code systemd} with real programs. */
class ProgramActionsTest {
  @TempDir Path folder;

  @Test
  void theProgramSeesWhatChanged() throws Exception {
    Path out = folder.resolve("out");
    String script = "env | grep ^FAIRLEAD_ | sort > '" + out + "'; env | wc -l >> '" + out + "'";
    assertThat(Fixture.run(exec(List.of("sh", "-c", script), List.of(0)))).isEqualTo(new Done(""));
    List<String> lines = Files.readAllLines(out);
    assertThat(lines)
        .startsWith(
            "FAIRLEAD_ADDED=10.0.0.1:8500",
            "FAIRLEAD_BLOCK=block:7:0xabc",
            "FAIRLEAD_FILE=/etc/proxy.yaml",
            "FAIRLEAD_PLAN=p-1",
            "FAIRLEAD_REMOVED=10.0.0.2:8500,10.0.0.3:8500",
            "FAIRLEAD_TARGET=legacy",
            "FAIRLEAD_TX=0xfeed");
    // Nothing else of our environment, which may hold secrets: 7, the inherited ones, sh's own.
    assertThat(Integer.parseInt(lines.getLast().strip())).isLessThanOrEqualTo(7 + 8 + 3);
  }

  @Test
  void aLongListComesInAFile() throws Exception {
    Path out = folder.resolve("out");
    List<String> many = IntStream.range(0, 5000).mapToObj(i -> "10.0.0.1:" + (i + 1)).toList();
    Occasion occasion =
        new Occasion("t", "p", Path.of("f"), many, List.of(), "b", Optional.empty());
    String script =
        "echo \"[$FAIRLEAD_ADDED]\" > '"
            + out
            + "'; wc -l < \"$FAIRLEAD_ADDED_FILE\" >> '"
            + out
            + "'; echo $FAIRLEAD_ADDED_FILE >> '"
            + out
            + "'";
    ReloadAction action = exec(List.of("sh", "-c", script), List.of(0));
    assertThat(action.run(occasion)).isEqualTo(new Done(""));
    List<String> lines = Files.readAllLines(out);
    assertThat(lines.get(0)).isEqualTo("[]");
    assertThat(lines.get(1).strip()).isEqualTo("5000");
    assertThat(Path.of(lines.get(2))).doesNotExist();
  }

  @Test
  void exitCodesCount() throws Exception {
    assertThat(Fixture.run(exec(List.of("sh", "-c", "echo bad luck; exit 3"), List.of(0))))
        .isEqualTo(new Failed("sh ended with 3: bad luck"));
    assertThat(Fixture.run(exec(List.of("sh", "-c", "exit 3"), List.of(0, 3))))
        .isEqualTo(new Done(""));
    assertThat(Fixture.run(exec(List.of("/no/such/program"), List.of(0))))
        .isInstanceOf(Failed.class);
  }

  @Test
  void itsArgumentsAreNoShellText() throws Exception {
    Path trap = folder.resolve("trap");
    assertThat(Fixture.run(exec(List.of("echo", "$(touch " + trap + ")", ";", "|"), List.of(0))))
        .isEqualTo(new Done(""));
    assertThat(trap).doesNotExist();
  }

  @Test
  void muchOutputIsDrainedAndForgotten() throws Exception {
    ProgramRun.End end =
        new ProgramRun(Clock.system(), Pause.system())
            .run(
                List.of("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"),
                java.util.Map.of(),
                TIMEOUT);
    assertThat(end)
        .isInstanceOfSatisfying(
            ProgramRun.End.Exited.class,
            exited -> {
              assertThat(exited.code()).isZero();
              assertThat(exited.output()).hasSize(ProgramRun.OUTPUT_MAX);
            });
  }

  @Test
  void aProgramThatHangsIsEndedWithAllItStarted() throws Exception {
    Path pids = folder.resolve("pids");
    String script =
        "trap '' TERM; (trap '' TERM; sleep 1000 & echo $! >> '"
            + pids
            + "'; wait) & echo $! >> '"
            + pids
            + "'; sleep 1000 & echo $! >> '"
            + pids
            + "'; wait; wait; wait";
    ProgramRun programs = new ProgramRun(Fixture.fast(), Pause.system());
    ProgramRun.End end =
        programs.run(List.of("sh", "-c", script), java.util.Map.of(), Duration.ofSeconds(20));
    assertThat(end).isInstanceOf(ProgramRun.End.TimedOut.class);
    List<String> started = Files.readAllLines(pids);
    assertThat(started).hasSize(3);
    await()
        .untilAsserted(
            () ->
                assertThat(started)
                    .noneMatch(pid -> ProcessTable.system().look(Long.parseLong(pid)).isPresent()));
  }

  @Test
  void aUnitIsReloadedAndMustBeActive() throws Exception {
    Path log = folder.resolve("log");
    assertThat(Fixture.run(systemd("yes", 0, 0, log))).isEqualTo(new Done(""));
    assertThat(Files.readAllLines(log))
        .containsExactly(
            "show --property=CanReload --value -- web.service",
            "reload -- web.service",
            "is-active -- web.service");
    assertThat(Fixture.run(systemd("yes", 1, 0, log))).isInstanceOf(Failed.class);
    assertThat(Fixture.run(systemd("yes", 0, 3, log)))
        .isEqualTo(new Failed("web.service is not active after the reload"));
    assertThat(Fixture.run(systemd("no", 0, 0, log))).isInstanceOf(Refused.class);
  }

  @Test
  void programsNeedAFileThatOnlyWeCanChange() throws Exception {
    Path config = Files.writeString(folder.resolve("c.yaml"), "");
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(Actions.programsForbidden(true, Optional.of(config))).isEmpty();
    assertThat(Actions.programsForbidden(false, Optional.of(config))).isPresent();
    assertThat(Actions.programsForbidden(true, Optional.empty())).isPresent();
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(Actions.programsForbidden(true, Optional.of(config)).orElseThrow())
        .contains("can be written by its group");
    Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
    if ((Integer) Files.getAttribute(config, "unix:uid") == 0) {
      Files.setAttribute(config, "unix:uid", 4242);
      assertThat(Actions.programsForbidden(true, Optional.of(config)).orElseThrow())
          .contains("belongs to another user");
    }
  }

  private ReloadAction exec(List<String> argv, List<Integer> ok) {
    return new ExecAction(
        new ReloadConfig.Exec(argv, ok, TIMEOUT),
        TIMEOUT,
        new ProgramRun(Clock.system(), Pause.system()));
  }

  private ReloadAction systemd(String canReload, int reload, int active, Path log)
      throws Exception {
    Path program = folder.resolve("systemctl");
    Files.writeString(
        program,
        "#!/bin/sh\necho \"$@\" >> '"
            + log
            + "'\ncase $1 in show) echo "
            + canReload
            + ";; reload) exit "
            + reload
            + ";; is-active) exit "
            + active
            + ";; esac\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new SystemdAction(
        "web.service", TIMEOUT, new ProgramRun(Clock.system(), Pause.system()), program.toString());
  }
}
