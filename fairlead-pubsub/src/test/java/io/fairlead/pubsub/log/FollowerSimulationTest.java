package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.log.FollowerEffect.Tally;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever a node, a network and a consumer do: when it is quiet again the consumer holds exactly
 * the logs of the chain. {@code -Dfairlead.seed=N} repeats one seed.
 */
class FollowerSimulationTest {
  private static final FollowerOptions SMALL =
      FollowerOptions.RESUMED.withReorgDepth(24).withCapacity(16).withMemory(200_000, 6_000);
  private static final FollowerOptions SMALL_EXACT =
      FollowerOptions.EXACT.withReorgDepth(24).withCapacity(16).withMemory(200_000, 6_000);
  private static final FollowerOptions SMALL_HEADS =
      FollowerOptions.HEADS.withReorgDepth(24).withCapacity(16).withMemory(200_000, 6_000);

  @Test
  void f31TheConsumerHoldsTheChainsLogsInTheEnd() {
    Map<Tally, Long> seen = rounds(Integer.getInteger("worlds", 200));
    // A simulation in which nothing goes wrong proves nothing.
    assertThat(seen)
        .containsKeys(
            Tally.REMOVED_BY_REORG,
            Tally.REMOVED_BY_SERVER,
            Tally.DUPLICATE,
            Tally.BLOOM_FALSE_POSITIVE,
            Tally.OVERFLOW,
            Tally.FILLED);
  }

  @Test
  @Tag("nightly")
  void f31TheConsumerHoldsTheChainsLogsInTheEndOfTenThousandWorlds() {
    rounds(10_000);
  }

  private static Map<Tally, Long> rounds(int count) {
    Map<Tally, Long> seen = new EnumMap<>(Tally.class);
    Seeds.run(
        count,
        random -> {
          FollowerSimulation simulation = new FollowerSimulation(random, options(random));
          simulation.run(Duration.ofSeconds(30));
          assertThat(simulation.delivered()).isPositive();
          simulation.tallies().forEach((tally, by) -> seen.merge(tally, by, Long::sum));
        });
    System.out.println(count + " worlds: " + seen);
    return seen;
  }

  private static FollowerOptions options(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0, 1, 2 -> SMALL;
      case 3 -> SMALL_EXACT;
      case 4 -> SMALL_EXACT.withConfirmations(random.nextInt(5));
      default -> SMALL_HEADS;
    };
  }
}
