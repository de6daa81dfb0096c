package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.testkit.Seeds;
import java.nio.file.Path;
import java.time.Duration;
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
    run("{ persistence: { durability: fsync } }", 25, Duration.ofSeconds(25));
  }

  @Test
  @Tag("nightly")
  void norInAThousandRounds() throws Exception {
    run("{ persistence: { durability: fsync } }", 1000, Duration.ofHours(2));
  }

  @Test
  @Tag("nightly")
  void norWithoutForcingWhenOnlyTheProcessDies() throws Exception {
    run("{ persistence: { durability: write } }", 100, Duration.ofMinutes(20));
  }

  private void run(String mqtt, int rounds, Duration bound) throws Exception {
    Launched fairlead = Launched.built(cache);
    long seed = Seeds.fresh(1).findFirst().orElseThrow();
    RandomGenerator random = Seeds.generator(seed);
    Deadline deadline = Deadline.in(Clock.system(), bound);
    CrashModel model = new CrashModel(random);
    int round = 0;
    try (CrashingBroker broker = CrashingBroker.start(fairlead, dir, mqtt)) {
      try {
        for (; round < rounds && !deadline.passed(); round++) {
          model.comeBack(broker.address(), round, round == 0 || random.nextInt(3) > 0);
          Deadline end = Deadline.in(Clock.system(), Duration.ofMillis(50 + random.nextInt(600)));
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
    // A slow machine has time for fewer; too few prove nothing.
    assertThat(round).as("rounds").isGreaterThanOrEqualTo(Math.min(rounds, 3));
    System.out.println("MqttCrashIT: " + round + " times killed, seed " + seed + ": " + model);
  }
}
