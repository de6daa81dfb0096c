package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Thousands of entries, and many changes at a time, while streams to four servers of the list go
 * on. A test says when there is a block, for it says what is in it.
 */
class ManyEntriesIT {
  private static final int ENTRIES = 5_000;
  private static final int FEWER = 600;
  private static final int CHANGES = 200;
  private static final int LEAVE = 120; // the others come

  @Test
  void scenarioMTwoHundredChangesInOneBlockAreOnePlan() throws Exception {
    inOneBlock(FEWER);
  }

  @Test
  @Tag("nightly")
  void scenarioMTwoHundredChangesOfFiveThousandEntriesAreOnePlan() throws Exception {
    inOneBlock(ENTRIES);
  }

  private static void inOneBlock(int entries) throws Exception {
    try (FilledWorld world = new FilledWorld()) {
      world.fill(entries);
      long begun = System.nanoTime();
      List<GatewayFixture> gateways = world.gateways(3);
      world.awaitLines(entries);
      told("first plan of " + entries + " entries at three gateways", begun);
      world.steady();

      for (int i = 0; i < LEAVE; i++) {
        if (i % 2 == 0) world.remove(i);
        else world.status(i, 3);
      }
      for (int i = LEAVE; i < CHANGES; i++) world.add(entries + i, 1);
      long start = System.nanoTime();
      world.mine();
      world.awaitLines(entries + CHANGES - 2 * LEAVE);
      Duration took = told(CHANGES + " changes in one block at three gateways", start);
      assertThat(took).isLessThan(Duration.ofSeconds(20));
      for (int i = 0; i < gateways.size(); i++) onePlan("G" + (i + 1), gateways.get(i));
      world.undisturbed();
    }
  }

  /** The changes at a gateway are of one block, and of one plan for each of its two targets. */
  private static void onePlan(String name, GatewayFixture gateway) {
    await(name)
        .atMost(Duration.ofSeconds(30)) // a line waits for what it ends
        .untilAsserted(
            () -> {
              List<Map<String, Object>> lines = gateway.gateway().registry().history();
              Object block = lines.getLast().get("block");
              Set<Object> entries = new HashSet<>();
              Set<String> plans = new HashSet<>();
              for (Map<String, Object> line : lines) {
                if (!Objects.equals(line.get("block"), block)) continue;
                entries.add(line.get("id"));
                // A line tells of both targets, or of one of them.
                plans.addAll(List.of(String.valueOf(line.get("plan_id")).split("\\+")));
              }
              assertThat(entries).as(name + ": entries of the block").hasSize(CHANGES);
              assertThat(plans).as(name + ": plans of two targets").hasSize(2);
            });
  }

  @Test
  @Tag("nightly")
  void scenarioMTwoHundredChangesTakeLessThanTwoSeconds() throws Exception {
    try (FilledWorld world = new FilledWorld()) {
      world.fill(ENTRIES);
      world.gateways(1); // the time is that of a process with one
      world.awaitLines(ENTRIES);
      world.steady();
      List<Duration> rounds = new ArrayList<>();
      int count = ENTRIES;
      for (int round = 0; round < 5; round++) {
        int first = round * CHANGES;
        for (int i = 0; i < LEAVE; i++) world.remove(first + i);
        for (int i = LEAVE; i < CHANGES; i++) world.add(ENTRIES + first + i, 1);
        count += CHANGES - 2 * LEAVE;
        long start = System.nanoTime();
        world.mine();
        world.awaitLines(count);
        rounds.add(told("round " + round + " of " + CHANGES + " changes", start));
      }
      world.undisturbed();
      assertThat(rounds.stream().sorted().toList().get(2)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void scenarioMChangesDoNotAddUpInMemory() throws Exception {
    churned(10, 15);
  }

  @Test
  @Tag("nightly")
  void scenarioMAThousandChangesDoNotAddUpInMemory() throws Exception {
    // The journal of each gateway's events is full after some 850 cycles.
    churned(1_000, 1_000);
  }

  /** One entry leaves and comes back, again and again. */
  private static void churned(int before, int cycles) throws Exception {
    int entries = 300;
    try (FilledWorld world = new FilledWorld()) {
      world.fill(entries);
      world.gateways(3);
      world.awaitLines(entries);
      world.steady();
      long used = 0;
      for (int i = 0; i < before + cycles; i++) {
        if (i == before) used = usedBytes();
        world.remove(i % entries);
        world.mine();
        world.awaitLines(entries - 1);
        world.add(i % entries, 1);
        world.mine();
        world.awaitLines(entries);
      }
      world.undisturbed();
      long grown = usedBytes() - used;
      System.out.println(
          "registry: heap grew by " + grown / 1024 + " KiB in " + cycles + " cycles");
      assertThat(grown).isLessThan(8L * 1024 * 1024);
    }
  }

  private static long usedBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static Duration told(String what, long since) {
    Duration took = Duration.ofNanos(System.nanoTime() - since);
    System.out.println("registry: " + what + " took " + took.toMillis() + " ms");
    return took;
  }
}
