package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody writes into a contract, and three gateways obey. */
class ChainRevocationIT {
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  @Test
  void scenarioAARevokedNodeIsCutOnEveryGatewayWithinASecondOfTheBlock() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(4);
      List<GatewayFixture> gateways = new ArrayList<>();
      Map<GatewayFixture, Map<String, RawClient>> traffic = new LinkedHashMap<>();
      for (int i = 0; i < 3; i++) {
        GatewayFixture gateway = world.gateway(world.mesh(""));
        gateways.add(gateway);
        traffic.put(gateway, ChainWorld.everyNode(gateway, 4));
        assertThat(traffic.get(gateway)).containsOnlyKeys("P1", "P2", "P3", "P4");
      }
      cut(world, gateways, traffic, 2, "revoke", "revoked");
      cut(world, gateways, traffic, 3, "remove", "removed");
      for (Map<String, RawClient> clients : traffic.values()) {
        for (RawClient client : clients.values()) client.close();
      }
    }
  }

  @Test
  void scenarioAARemovalMayLetStreamsEndInTheirTime() throws Exception {
    Duration drain = Duration.ofSeconds(3);
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway =
          world.gateway(
              world.mesh("").replace("rails: {", "drain: { removed: 3s }\n      rails: {"));
      Map<String, RawClient> clients = ChainWorld.everyNode(gateway, 2);
      Node gone = world.node(1);
      int accepted = gone.accepted();
      world.remove(gone.endpoint());
      world.chain().mine(1);
      long begun = System.nanoTime();
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
      assertThat(gone.accepted()).as("nothing new goes there").isEqualTo(accepted);
      RawClient stream = clients.get("P1");
      stream.timeout(Duration.ofSeconds(60)).awaitEnd();
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      assertThat(took).isBetween(drain, drain.plusSeconds(30));
      ChainWorld.echo(clients.get("P2"));
      for (RawClient client : clients.values()) client.close();
    }
  }

  private static void cut(
      ChainWorld world,
      List<GatewayFixture> gateways,
      Map<GatewayFixture, Map<String, RawClient>> traffic,
      int number,
      String op,
      String reason)
      throws Exception {
    Node gone = world.node(number);
    int accepted = gone.accepted();
    JsonNode receipt =
        op.equals("revoke") ? world.revoke(gone.endpoint()) : world.remove(gone.endpoint());
    long start = System.nanoTime();
    world.chain().mine(1);
    for (GatewayFixture gateway : gateways) {
      RawClient victim = traffic.get(gateway).remove(gone.name());
      victim.timeout(Duration.ofSeconds(5)).awaitEnd();
      victim.close();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("chain: " + op + " cut on three gateways after " + took.toMillis() + " ms");
    assertThat(took).isLessThan(AT_ONCE);
    for (GatewayFixture gateway : gateways) {
      for (RawClient other : traffic.get(gateway).values()) ChainWorld.echo(other);
      for (int i = 0; i < 5; i++) {
        assertThat(ChainWorld.reached(gateway)).isNotEqualTo(gone.name());
      }
      assertThat(gone.accepted()).isEqualTo(accepted);
      ChainWorld.inSync(gateway);
      List<String> lines = ChainWorld.audit(gateway, gone.endpoint());
      JsonNode line = JsonMapper.builder().build().readTree(lines.getLast());
      assertThat(line.path("op").asString("")).isEqualTo(op);
      assertThat(line.path("reason").asString("")).isEqualTo(reason);
      assertThat(line.path("tx").asString(""))
          .isEqualTo(receipt.path("transactionHash").asString("?"));
      assertThat(line.path("block").asLong(0))
          .isEqualTo(Long.decode(receipt.path("blockNumber").asString("0x0")));
      assertThat(line.path("block_hash").asString(""))
          .isEqualTo(receipt.path("blockHash").asString("?"));
      assertThat(ChainWorld.metrics(gateway))
          .contains("fairlead_registry_propagation_seconds_count{target=\"mesh\"}");
    }
  }

  @Test
  void scenarioB1AndB2AChainThatTakesARemovalBackBringsTheNodeBack() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(3);
      GatewayFixture gateway = world.gateway(world.mesh(""));
      String saved = world.chain().call("evm_snapshot").asString("");
      world.remove(world.node(3).endpoint());
      world.chain().mine(1);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 2);
      world.chain().call("evm_revert", saved);
      Node fifth = new Node("P5");
      try (fifth) {
        String before = world.chain().call("evm_snapshot").asString("");
        world.add(fifth.endpoint(), 1);
        world.chain().mine(1);
        world.chain().call("evm_revert", before);
        world.chain().mine(6);
        await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 3);
        Set<String> names =
            ChainWorld.everyNode(gateway, 3).entrySet().stream()
                .peek(each -> close(each.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        assertThat(names).containsExactlyInAnyOrder("P1", "P2", "P3");
        assertThat(fifth.accepted()).isZero();
      }
      List<String> ops =
          gateway.gateway().registry().history().stream()
              .filter(line -> String.valueOf(line.get("endpoint")).equals(world.node(3).endpoint()))
              .map(line -> String.valueOf(line.get("op")))
              .toList();
      assertThat(ops).endsWith("remove", "restore").doesNotContain("hold");
      assertThat(ChainWorld.target(gateway).state()).isEqualTo(TargetState.IN_SYNC);
      assertThat(ChainWorld.metrics(gateway)).contains("fairlead_registry_reorgs_total");
    }
  }

  private static void close(RawClient client) {
    try {
      client.close();
    } catch (java.io.IOException gone) {
      throw new java.io.UncheckedIOException(gone);
    }
  }
}
