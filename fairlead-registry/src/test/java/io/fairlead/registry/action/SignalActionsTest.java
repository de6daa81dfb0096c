package io.fairlead.registry.action;

import static io.fairlead.registry.action.Fixture.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ActionResult.Done;
import io.fairlead.registry.action.ActionResult.Failed;
import io.fairlead.registry.action.ActionResult.Refused;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, real signals: who gets one and who does not. */
class SignalActionsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void theProcessGetsTheSignalAndLives() throws Exception {
    try (Proc proc = counting()) {
      ReloadAction action = pid(proc.pid(), Expectation.ANY);
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      proc.awaitLine("hup 1", SOON);
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      proc.awaitLine("hup 2", SOON);
    }
  }

  @Test
  void theSameWithoutProcessDescriptors() throws Exception {
    try (Proc proc = counting()) {
      PidAction action =
          new PidAction(
              new ReloadConfig.Pid(proc.pid(), false, Expectation.ANY, TIMEOUT),
              ProcessTable.withoutDescriptors(),
              Pause.system());
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      proc.awaitLine("hup 1", SOON);
    }
  }

  @Test
  void aProcessThatDiesOfItIsAFailure() throws Exception {
    try (Proc proc = Proc.start("sleep", "60")) {
      assertThat(Fixture.run(pid(proc.pid(), Expectation.ANY)))
          .isInstanceOfSatisfying(Failed.class, f -> assertThat(f.reason()).contains("ended on"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -4711, 1})
  void groupsAndInitGetNone(long pid) throws Exception {
    ProcessTable processes = ProcessTable.system();
    ActionResult result =
        PidAction.signal(processes, Pause.system(), pid, false, found -> Optional.empty());
    assertThat(result).isInstanceOf(Refused.class);
    assertThat(Fixture.run(path(pidFile(Long.toString(pid))))).isInstanceOf(Refused.class);
  }

  @Test
  void weGetNone() throws Exception {
    assertThat(Fixture.run(pid(ProcessHandle.current().pid(), Expectation.ANY)))
        .isInstanceOf(Refused.class);
  }

  @Test
  void nobodyIsAFailureThatMayPass() throws Exception {
    Proc proc = Proc.start("true");
    assertThat(proc.awaitExit(SOON)).isZero();
    assertThat(Fixture.run(pid(proc.pid(), Expectation.ANY)))
        .isEqualTo(new Failed("no process " + proc.pid()));
  }

  @Test
  void theCommandLineAndTheUserMustFit() throws Exception {
    try (Proc proc = counting()) {
      Expectation wrong = new Expectation(Optional.of(Pattern.compile("nginx")), Optional.empty());
      assertThat(Fixture.run(pid(proc.pid(), wrong))).isInstanceOf(Refused.class);
      Expectation stranger = new Expectation(Optional.empty(), Optional.of("nobody-like-this"));
      assertThat(Fixture.run(pid(proc.pid(), stranger))).isInstanceOf(Refused.class);
      String user = ProcessTable.system().look(proc.pid()).orElseThrow().user();
      Expectation right =
          new Expectation(Optional.of(Pattern.compile("^sh -c")), Optional.of(user));
      assertThat(Fixture.run(pid(proc.pid(), right))).isEqualTo(new Done(""));
      assertThat(proc.stdout()).doesNotContain("hup 2");
    }
  }

  @Test
  void aPatternThatNeverEndsMatchesNothing() throws Exception {
    Expectation slow =
        new Expectation(
            Optional.of(Pattern.compile("(([a-z ])+.)+[A-Z]([a-z])+$")), Optional.empty());
    try (Proc proc = Proc.start("sh", "-c", "sleep 60 # " + "a".repeat(200))) {
      assertThat(Fixture.run(pid(proc.pid(), slow))).isInstanceOf(Refused.class);
    }
  }

  @Test
  void theFileIsReadEachTime() throws Exception {
    try (Proc first = counting();
        Proc second = counting()) {
      Path file = pidFile(" " + first.pid() + "\n");
      ReloadAction action = path(file);
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      first.awaitLine("hup 1", SOON);
      pidFile("" + second.pid());
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      second.awaitLine("hup 1", SOON);
    }
  }

  @Test
  void scenarioJARecycledNumberGetsNone() throws Exception {
    try (Proc proc = counting()) {
      Path file = pidFile("" + proc.pid());
      // The file was written long before this process began: somebody else had the number then.
      Files.setLastModifiedTime(file, FileTime.from(Clock.system().wall().minusSeconds(3600)));
      assertThat(Fixture.run(path(file)))
          .isInstanceOfSatisfying(
              Refused.class, r -> assertThat(r.reason()).contains("a reused number"));
      assertThat(proc.stdout()).doesNotContain("hup");
    }
  }

  @Test
  void theStartTimeInTheFileMustFit() throws Exception {
    try (Proc proc = counting()) {
      long ticks = ProcessTable.system().look(proc.pid()).orElseThrow().startTicks();
      Path file = pidFile("{\"pid\": " + proc.pid() + ", \"start_time\": " + (ticks - 1) + "}");
      assertThat(Fixture.run(path(file))).isInstanceOf(Refused.class);
      file = pidFile("{\"pid\": " + proc.pid() + ", \"start_time\": " + ticks + "}");
      assertThat(Fixture.run(path(file))).isEqualTo(new Done(""));
      proc.awaitLine("hup 1", SOON);
    }
  }

  @Test
  void scenarioJAFileThatIsAwayForAMomentIsWaitedFor() throws Exception {
    try (Proc proc = counting()) {
      AtomicInteger pauses = new AtomicInteger();
      Pause writing =
          length -> {
            try {
              int n = pauses.incrementAndGet();
              if (n == 2) pidFile("");
              if (n == 3) pidFile("" + proc.pid());
            } catch (IOException failure) {
              throw new AssertionError(failure);
            }
          };
      PidPathAction action =
          new PidPathAction(
              new ReloadConfig.PidPath(folder.resolve("p.pid"), false, Expectation.ANY, TIMEOUT),
              ProcessTable.system(),
              writing);
      assertThat(Fixture.run(action)).isEqualTo(new Done(""));
      proc.awaitLine("hup 1", SOON);
      Files.delete(folder.resolve("p.pid"));
      pauses.set(10);
      assertThat(Fixture.run(action)).isInstanceOf(Failed.class);
      assertThat(pauses.get()).as("five looks").isEqualTo(14);
    }
  }

  @Test
  void filesThatAreNotOnesAreRefused() throws Exception {
    assertThat(Fixture.run(path(pidFile("not a number")))).isInstanceOf(Refused.class);
    assertThat(Fixture.run(path(pidFile("1234\n".repeat(1000))))).isInstanceOf(Refused.class);
    assertThat(Fixture.run(path(folder))).isInstanceOf(Refused.class);
    Path open = pidFile("4711");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(Fixture.run(path(open)))
        .isInstanceOfSatisfying(
            Refused.class, r -> assertThat(r.reason()).contains("anybody may write it"));
  }

  private Path pidFile(String text) throws IOException {
    return Files.writeString(folder.resolve("p.pid"), text);
  }

  private static PidAction pid(long pid, Expectation expect) {
    return new PidAction(
        new ReloadConfig.Pid(pid, false, expect, TIMEOUT), ProcessTable.system(), Pause.system());
  }

  private static PidPathAction path(Path file) {
    return new PidPathAction(
        new ReloadConfig.PidPath(file, false, Expectation.ANY, TIMEOUT),
        ProcessTable.system(),
        length -> {});
  }

  /** Says how often it got HUP. */
  private static Proc counting() throws Exception {
    Proc proc =
        Proc.start(
            "sh",
            "-c",
            "n=0; trap 'n=$((n+1)); echo hup $n' HUP; echo ready; while :; do sleep 0.05; done");
    proc.awaitLine("ready", SOON);
    return proc;
  }
}
