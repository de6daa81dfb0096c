package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.GatewayFixture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Thousands of entries, and many changes at a time. */
class ManyEntriesIT {
  private static final int ENTRIES = 5_000;
  private static final int CHANGES = 200;
  private static final int LEAVE = 120; // the others come

  @Test
  void twoHundredChangesInOneBlockAreOnePlan() throws Exception {
    try (EmulatedWorld world = new EmulatedWorld()) {
      for (int i = 0; i < ENTRIES; i++) world.add(i, 1);
      world.mine();
      long begun = System.nanoTime();
      try (GatewayFixture gateway = GatewayFixture.start(world.yaml())) {
        EmulatedWorld.awaitLines(gateway, ENTRIES);
        told("first plan of " + ENTRIES + " entries", begun);

        for (int i = 0; i < LEAVE; i++) {
          if (i % 2 == 0) world.remove(i);
          else world.status(i, 3);
        }
        for (int i = LEAVE; i < CHANGES; i++) world.add(ENTRIES + i, 1);
        long start = System.nanoTime();
        world.mine();
        EmulatedWorld.awaitLines(gateway, ENTRIES + CHANGES - 2 * LEAVE);
        Duration took = told(CHANGES + " changes in one block", start);
        assertThat(took).isLessThan(Duration.ofSeconds(20));

        for (String target : List.of("mesh", "users")) {
          List<Map<String, Object>> lines =
              gateway.gateway().registry().history().stream()
                  .filter(line -> String.valueOf(line.get("target")).contains(target))
                  .toList();
          List<Map<String, Object>> last =
              lines.subList(Math.max(0, lines.size() - CHANGES), lines.size());
          Set<Object> blocks =
              last.stream().map(line -> line.get("block")).collect(Collectors.toSet());
          assertThat(blocks).as("all of them are of that block").hasSize(1);
        }
      }
    }
  }

  private static Duration told(String what, long since) {
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    System.out.println("registry: " + what + " took " + took.toMillis() + " ms");
    return took;
  }
}
