package io.fairlead.registry.manage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import io.fairlead.registry.manage.ManageSettings.Pace;
import io.fairlead.registry.manage.ManageSettings.Strictness;
import io.fairlead.testkit.Proc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop with real files and a real process that counts its HUPs. */
class ManageLoopTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Strictness COMPATIBLE = new Strictness(true, OptionalInt.of(6));
  private static final String THREE =
      """
      # proxy of rack 7
      bind: 0.0.0.0:8085
      subscribe:
        - 10.0.0.11:8500   # one
        # bought in May
        - 10.0.0.12:8500   # two
        - 10.0.0.13:8500
      x-note: &n { a: 1 }
      """;
  private static final String WITHOUT_12 =
      THREE.replace("  # bought in May\n  - 10.0.0.12:8500   # two\n", "");

  @TempDir Path folder;
  private Path config;
  private Path list;
  private Proc proxy;

  @BeforeEach
  void start() throws Exception {
    config = Files.writeString(folder.resolve("proxy.yaml"), THREE);
    list = folder.resolve("proxy_list.txt");
    proxy =
        Proc.start(
            "sh",
            "-c",
            "n=0; trap 'n=$((n+1)); echo hup $n' HUP; echo ready; while :; do sleep 0.02; done");
    proxy.awaitLine("ready", SOON);
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  @Test
  void whatIsNotListedGoesAndTheProcessIsToldOnce() throws Exception {
    list("10.0.0.11", "10.0.0.13:8500");
    assertThat(once(Strictness.NONE)).isZero();
    assertThat(config).hasContent(WITHOUT_12);
    proxy.awaitLine("hup 1", SOON);
    assertThat(folder.resolve("proxy.yaml.bak.1")).hasContent(THREE);
  }

  @Test
  void inSyncNothingIsWrittenAndNobodyIsTold() throws Exception {
    list("10.0.0.11", "10.0.0.12", "10.0.0.13", "# a comment");
    Object before = traces();
    try (Running loop = running(Strictness.NONE, false)) {
      loop.passes(5);
    }
    assertThat(traces()).isEqualTo(before);
    assertThat(proxy.stdout()).doesNotContain("hup");
    assertThat(folder.resolve("proxy.yaml.bak.1")).doesNotExist();
    assertThat(folder.resolve("proxy.yaml.lock")).doesNotExist();
  }

  @Test
  void whatReturnsHasItsLinesAndPlaceAgain() throws Exception {
    list("10.0.0.11", "10.0.0.13");
    assertThat(once(COMPATIBLE)).isZero();
    assertThat(config).hasContent(WITHOUT_12);
    list("10.0.0.13", "10.0.0.12", "10.0.0.11");
    assertThat(once(COMPATIBLE)).isZero();
    assertThat(config).hasContent(THREE);
    proxy.awaitLine("hup 2", SOON);
  }

  @Test
  void aChangeOfTheListIsFollowedAtOnce() throws Exception {
    list("10.0.0.11", "10.0.0.12", "10.0.0.13");
    ManageSettings settings =
        settings(Strictness.NONE, false, new Pace(Duration.ofMinutes(10), false));
    try (Running loop = new Running(settings)) {
      loop.passes(1);
      list("10.0.0.11", "10.0.0.13");
      await().atMost(SOON).untilAsserted(() -> assertThat(config).hasContent(WITHOUT_12));
      proxy.awaitLine("hup 1", SOON);
    }
  }

  @Test
  void theUnknownIsToldAndThePruningGoesOn() throws Exception {
    list("10.0.0.11", "10.0.0.13", "10.0.0.99");
    assertThat(once(Strictness.NONE)).isZero();
    assertThat(config).hasContent(WITHOUT_12);
  }

  @Test
  void theUnknownEndsTheCompatibleLoopBeforeAnythingChanges() throws Exception {
    list("10.0.0.11", "10.0.0.13", "10.0.0.99");
    assertThat(run(settings(COMPATIBLE, false, Pace.DEFAULTS))).isEqualTo(6);
    assertThat(run(settings(new Strictness(true, OptionalInt.of(1)), false, Pace.DEFAULTS)))
        .isEqualTo(1);
    assertThat(config).hasContent(THREE);
    assertThat(proxy.stdout()).doesNotContain("hup");
  }

  @Test
  void aMissingListChangesNothing() throws Exception {
    try (Running loop = running(Strictness.NONE, false)) {
      loop.passes(3);
      list("10.0.0.11", "10.0.0.13");
      await().atMost(SOON).untilAsserted(() -> assertThat(config).hasContent(WITHOUT_12));
      Files.delete(list);
      loop.passes(3);
      assertThat(config).hasContent(WITHOUT_12);
    }
    assertThat(once(Strictness.NONE)).as("stale").isEqualTo(4);
    assertThat(run(settings(COMPATIBLE, false, Pace.DEFAULTS))).isEqualTo(1);
  }

  @Test
  void anEmptyListIsHeld() throws Exception {
    Files.writeString(list, "");
    try (Running loop = running(COMPATIBLE, false)) {
      loop.passes(3);
    }
    list("# empty");
    assertThat(once(Strictness.NONE)).as("held").isEqualTo(3);
    assertThat(config).hasContent(THREE);
    assertThat(proxy.stdout()).doesNotContain("hup");
  }

  @Test
  void anEmptyListIsBelievedWhereThatIsAllowed() throws Exception {
    list("# empty");
    assertThat(run(settings(Strictness.NONE, true, new Pace(Duration.ofMillis(50), true))))
        .isZero();
    assertThat(Files.readString(config)).contains("subscribe: []\n").doesNotContain("10.0.0.");
    Files.writeString(config, THREE);
    Files.writeString(list, "");
    assertThat(run(settings(COMPATIBLE, true, new Pace(Duration.ofMillis(50), true)))).isZero();
    assertThat(Files.readString(config)).contains("subscribe: []\n");
  }

  @Test
  void aHeldPlanGoesOnWhenItIsApproved() throws Exception {
    list("# empty");
    HeldPlan held = new HeldPlan(folder.resolve("state"));
    try (Running _ = running(Strictness.NONE, false)) {
      await().atMost(SOON).until(() -> held.now().isPresent());
      HeldPlan.Note note = held.now().orElseThrow();
      assertThat(note.text()).contains("empty");
      held.say("p-0", HeldPlan.Decision.APPROVE);
      await().atMost(SOON).until(() -> !Files.exists(folder.resolve("state/said")));
      held.say(note.planId(), HeldPlan.Decision.REJECT);
      await().atMost(SOON).until(() -> !Files.exists(folder.resolve("state/said")));
      assertThat(config).hasContent(THREE);
      held.say(note.planId(), HeldPlan.Decision.APPROVE);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(Files.readString(config)).contains("subscribe: []\n"));
      proxy.awaitLine("hup 1", SOON);
      await().atMost(SOON).until(() -> held.now().isEmpty());
    }
  }

  @Test
  void aLineWithSeveralAddresses() throws Exception {
    String pair = "subscribe:\n  - 10.0.0.11:8500,10.0.0.12:8500 # pair\n  - 10.0.0.13:8500\n";
    list("10.0.0.12", "10.0.0.13");
    Files.writeString(config, pair);
    assertThat(once(Strictness.NONE)).isZero();
    assertThat(config).hasContent(pair.replace("10.0.0.11:8500,", ""));

    Files.writeString(config, pair);
    assertThat(once(COMPATIBLE)).as("the first of them decides").isZero();
    assertThat(config).hasContent("subscribe:\n  - 10.0.0.13:8500\n");

    list("10.0.0.11", "10.0.0.13");
    Files.writeString(config, pair);
    assertThat(once(COMPATIBLE)).isZero();
    assertThat(config).hasContent(pair);
  }

  @Test
  void aFileThatCannotBeEditedStays() throws Exception {
    String anchored = "subscribe: &x\n  - 10.0.0.11:8500\nother: *x\n";
    Files.writeString(config, anchored);
    list("10.0.0.12");
    assertThat(once(Strictness.NONE)).isEqualTo(73);
    assertThat(run(settings(COMPATIBLE, false, Pace.DEFAULTS))).isEqualTo(1);
    assertThat(config).hasContent(anchored);
    Files.delete(config);
    assertThat(once(COMPATIBLE)).isEqualTo(1);
  }

  @Test
  void modeAndLineEndsAndLinksAreKept() throws Exception {
    Path real = Files.createDirectory(folder.resolve("real")).resolve("p.yaml");
    Files.writeString(real, THREE.replace("\n", "\r\n"));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    Files.delete(config);
    Files.createSymbolicLink(config, real);
    list("10.0.0.11", "10.0.0.13");
    assertThat(once(Strictness.NONE)).isZero();
    assertThat(Files.readString(real)).isEqualTo(WITHOUT_12.replace("\n", "\r\n"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
    assertThat(Files.isSymbolicLink(config)).isTrue();
  }

  @Test
  void aReloadThatFailsIsOwedAndSentLater() throws Exception {
    list("10.0.0.11", "10.0.0.13");
    Path pidFile = folder.resolve("proxy.pid");
    Pace once = new Pace(Duration.ofMillis(50), true);
    ManageSettings settings =
        settings(ReloadConfig.PidPath.of(pidFile), Strictness.NONE, false, once);
    assertThat(run(settings)).as("rolled back or pending").isEqualTo(5);
    assertThat(config).hasContent(WITHOUT_12);
    assertThat(proxy.stdout()).doesNotContain("hup");
    Files.writeString(pidFile, "" + proxy.pid());
    assertThat(run(settings)).as("the next start sends it").isZero();
    proxy.awaitLine("hup 1", SOON);
    assertThat(run(settings)).isZero();
    assertThat(proxy.stdout()).doesNotContain("hup 2");
  }

  @Test
  void onlyOneLoopManagesAFile() throws Exception {
    list("10.0.0.11", "10.0.0.12", "10.0.0.13");
    try (Running loop = running(Strictness.NONE, false)) {
      loop.passes(1);
      assertThat(once(Strictness.NONE)).isEqualTo(75);
    }
  }

  private void list(String... lines) throws IOException {
    Path next = folder.resolve("next");
    Files.writeString(next, String.join("\n", lines) + "\n");
    Files.move(next, list, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** What would tell that the file was touched. */
  private Object traces() throws IOException {
    return Files.readAttributes(config, "unix:ino,lastModifiedTime,ctime,size");
  }

  private int once(Strictness strictness) throws Exception {
    return run(settings(strictness, false, new Pace(Duration.ofMillis(50), true)));
  }

  private Running running(Strictness strictness, boolean allowEmpty) {
    return new Running(settings(strictness, allowEmpty, new Pace(Duration.ofMillis(50), false)));
  }

  private ManageSettings settings(Strictness strictness, boolean allowEmpty, Pace pace) {
    return settings(ReloadConfig.Pid.of(proxy.pid()), strictness, allowEmpty, pace);
  }

  private ManageSettings settings(
      ReloadConfig reload, Strictness strictness, boolean allowEmpty, Pace pace) {
    return new ManageSettings(
        config,
        ManageSettings.DEFAULT_PATH,
        list.toString(),
        ManageSettings.DEFAULT_PORT,
        reload,
        VerifyConfig.NOBODY,
        strictness,
        allowEmpty,
        pace,
        folder.resolve("state"));
  }

  private static int run(ManageSettings settings) throws Exception {
    return loop(settings, new SimpleMeterRegistry()).run();
  }

  private static ManageLoop loop(ManageSettings settings, SimpleMeterRegistry registry) {
    // Waiting between two tries is not what is tested here.
    Pause short1 = length -> Pause.system().sleep(length.dividedBy(20));
    return new ManageLoop(
        settings, new Meters(registry), Map.of(), Clock.system(), short1, Randomness.system());
  }

  /** A loop on a thread of its own. */
  private static final class Running implements AutoCloseable {
    private final FutureTask<Integer> task;
    private final Thread thread;
    private final Path pulse;

    Running(ManageSettings settings) {
      this.pulse = Path.of(settings.source());
      this.task = new FutureTask<>(() -> loop(settings, new SimpleMeterRegistry()).run());
      this.thread = Thread.ofVirtual().start(task);
    }

    /** Waits so long that at least {@code count} passes are over. */
    void passes(int count) throws Exception {
      long end = Clock.system().nanos() + Duration.ofMillis(200L + 60L * count).toNanos();
      await().pollDelay(Duration.ZERO).until(() -> Clock.system().nanos() - end >= 0);
      assertThat(task.isDone()).as("the loop for %s goes on", pulse).isFalse();
    }

    @Override
    public void close() throws Exception {
      thread.interrupt();
      assertThat(thread.join(SOON)).isTrue();
      task.cancel(true);
    }
  }
}
