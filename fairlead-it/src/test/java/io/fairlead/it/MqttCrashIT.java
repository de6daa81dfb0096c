package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built broker, killed at random moments: nothing it acknowledged is lost, nothing of QoS 2
 * comes twice.
 */
class MqttCrashIT {
  @TempDir private Path cache;
  @TempDir private Path dir;

  @Test
  void nothingAcknowledgedIsLostWhenTheBrokerIsKilled() throws Exception {
    run("{ persistence: { durability: fsync } }", 25, 250, Duration.ofMinutes(4));
  }

  /** So many as {@code crash.rounds} says, told in the file {@code crash.log} if it is given. */
  @Test
  @Tag("nightly")
  void norInAThousandRounds() throws Exception {
    int rounds = Integer.getInteger("crash.rounds", 1000);
    run("{ persistence: { durability: fsync } }", rounds, 600, Duration.ofHours(2));
  }

  @Test
  @Tag("nightly")
  void norWithoutForcingWhenOnlyTheProcessDies() throws Exception {
    run("{ persistence: { durability: write } }", 100, 600, Duration.ofMinutes(20));
  }

  /**
   * @param lifeMillis how long the broker lives in a round, at most
   */
  private void run(String mqtt, int rounds, int lifeMillis, Duration bound) throws Exception {
    Launched fairlead = Launched.built(cache);
    long seed = Seeds.fresh(1).findFirst().orElseThrow();
    RandomGenerator random = Seeds.generator(seed);
    Deadline deadline = Deadline.in(Clock.system(), bound);
    CrashModel model = new CrashModel(random);
    long begun = Clock.system().nanos();
    int round = 0;
    try (CrashingBroker broker = CrashingBroker.start(fairlead, dir, mqtt)) {
      try {
        broker.leaveArchive();
        for (; round < rounds && !deadline.passed(); round++) {
          model.comeBack(broker.address(), round, round == 0 || random.nextInt(3) > 0);
          Deadline end =
              Deadline.in(Clock.system(), Duration.ofMillis(30 + random.nextInt(lifeMillis)));
          while (!end.passed()) model.step();
          broker.kill();
          model.broken();
          broker.startAgain();
        }
        model.comeBack(broker.address(), round, true);
        model.settle(broker.address());
      } catch (Exception | AssertionError failure) {
        throw new AssertionError(
            "seed " + seed + ", round " + round + ": " + failure + "\n" + broker.log(), failure);
      }
    }
    assertThat(round).as("rounds within " + bound).isEqualTo(rounds);
    long seconds = Duration.ofNanos(Clock.system().nanos() - begun).toSeconds();
    tell(round + " times killed in " + seconds + " s, seed " + seed + ", " + mqtt + ": " + model);
  }

  private static void tell(String line) throws IOException, InterruptedException {
    System.out.println("MqttCrashIT: " + line);
    String log = System.getProperty("crash.log");
    if (log == null) return;
    String commit;
    try (Proc git = Proc.start("git", "rev-parse", "--short", "HEAD")) {
      git.awaitExit(Duration.ofSeconds(30));
      commit = git.stdout().strip();
    }
    Files.writeString(
        Path.of(log),
        "%s, commit %s, Java %s, %s %s, %d processors: %s%n"
            .formatted(
                Clock.system().wall().truncatedTo(ChronoUnit.MINUTES),
                commit,
                Runtime.version(),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors(),
                line),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
