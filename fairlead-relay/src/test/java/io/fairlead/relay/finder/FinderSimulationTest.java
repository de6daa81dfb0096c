package io.fairlead.relay.finder;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class FinderSimulationTest {
  @Test
  void aFinderSurvivesATroubledWorld() {
    LongStream.range(0, 200).forEach(FinderSimulationTest::run);
  }

  @Tag("nightly")
  @Test
  void aFinderSurvivesManyTroubledWorlds() {
    LongStream.range(200, 10_200).forEach(FinderSimulationTest::run);
  }

  private static void run(long seed) {
    try {
      new FinderSimulation(seed * 7_919_000_000_003L).run();
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("seed " + seed, failure);
    }
  }
}
