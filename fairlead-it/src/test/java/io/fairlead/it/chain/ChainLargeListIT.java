package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many entries, many changes, many cycles. */
@Tag("nightly")
class ChainLargeListIT {
  private static final int ENTRIES = 5_000;
  private static final int CHANGES = 200;

  @Test
  void twoHundredChangesOfFiveThousandEntriesAreOnePlanWithinTwoSeconds() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.chain().call("evm_setAutomine", false);
      List<String> endpoints = new ArrayList<>();
      for (int i = 0; i < ENTRIES; i++) {
        String endpoint = "10.%d.%d.%d:80".formatted(i >> 16, (i >> 8) & 255, i & 255);
        endpoints.add(endpoint);
        world
            .chain()
            .send(
                world.chain().account(0),
                world.contract(),
                world.addCall(endpoint, 1, new byte[0]));
        if (i % 100 == 99) world.chain().mine(1);
      }
      world.chain().mine(5);
      GatewayFixture gateway =
          world.gateway(world.mesh("").replace("interval: 2s", "interval: 1s"));
      assertThat(ChainWorld.target(gateway).lines()).isEqualTo(ENTRIES);
      int plans = plans(gateway);
      world
          .chain()
          .send(
              world.chain().account(0),
              world.contract(),
              RegistryAbi.REVOKE_BATCH.call(
                  endpoints.subList(0, CHANGES).stream().map(ChainWorld::id).toList()));
      world.chain().mine(1);
      long start = System.nanoTime();
      world.chain().mine(1);
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(20))
          .until(() -> ChainWorld.target(gateway).lines() == ENTRIES - CHANGES);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.printf(
          "chain: %d changes of %d entries in force after %d ms%n",
          CHANGES, ENTRIES, took.toMillis());
      assertThat(took).isLessThan(Duration.ofSeconds(2));
      assertThat(plans(gateway)).isEqualTo(plans + 1);

      long before = usedHeap();
      for (int i = 0; i < 1_000; i++)
        gateway.gateway().registry().sync(java.util.Optional.empty(), Duration.ofSeconds(10));
      long grown = usedHeap() - before;
      System.out.printf("chain: heap grew by %d KiB over 1000 cycles%n", grown / 1024);
      assertThat(grown).isLessThan(32L << 20);
      assertThat(ChainWorld.target(gateway).state()).isEqualTo(TargetState.IN_SYNC);
    }
  }

  private static int plans(GatewayFixture gateway) {
    return (int)
        gateway.gateway().registry().history().stream()
            .map(line -> line.get("plan_id"))
            .distinct()
            .count();
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void aHundredRevocationsAreInForceWithinASecondOfTheirBlock() throws Exception {
    int rounds = 100;
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway =
          world.gateway(
              world
                  .mesh("")
                  .replace(
                      "hold_down: 1s",
                      "hold_down: 0s, max_plans: 1000, flap: { changes: 32, window: 1s }"));
      Node node = world.node(2);
      List<Long> millis = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        Map<String, RawClient> clients = ChainWorld.everyNode(gateway, 2);
        world.revoke(node.endpoint());
        await().pollDelay(Duration.ofMillis(400)).until(() -> true); // hints of the first block
        long start = System.nanoTime();
        world.chain().mine(1);
        RawClient victim = clients.get("P2");
        victim.timeout(Duration.ofSeconds(10)).awaitEnd();
        millis.add((System.nanoTime() - start) / 1_000_000);
        for (RawClient client : clients.values()) client.close();
        world.setStatus(node.endpoint(), 1);
        world.chain().mine(4);
        await().atMost(ChainWorld.SOON).until(() -> ChainWorld.target(gateway).lines() == 2);
      }
      List<Long> sorted = millis.stream().sorted().toList();
      System.out.printf(
          "chain: %d revocations: p50 %d ms, p99 %d ms, most %d ms from the head to the cut%n",
          rounds, sorted.get(rounds / 2), sorted.get(rounds - 2), sorted.getLast());
      assertThat(sorted.get(rounds - 2)).isLessThanOrEqualTo(1_000);
    }
  }
}
