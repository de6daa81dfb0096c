package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.model.Entry;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Somebody writes into a contract, and three gateways obey. The node mines a block each second, but
 * where blocks are taken back: there a test says when there is one.
 */
class ChainRevocationIT {
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  @Test
  void scenarioAARevokedNodeIsCutOnEveryGatewayWithinASecondOfTheBlock() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(4);
      world.paced();
      world.three(world.mesh(""), 4);
      cut(world, 2, "revoke", "revoked", "P1", "P3", "P4");
      cut(world, 3, "remove", "removed", "P1", "P4");
    }
  }

  @Test
  void scenarioAARemovalMayLetStreamsEndInTheirTime() throws Exception {
    Duration drain = Duration.ofSeconds(3);
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      world.paced();
      world.three(world.mesh("").replace("rails: {", "drain: { removed: 3s }, rails: {"), 2);
      Node gone = world.node(1);
      int accepted = gone.accepted();
      long begun = world.deep(world.remove(gone.endpoint()), 1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 1);
      world.atEach(
          gateway -> {
            for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
            assertThat(gone.accepted()).as("nothing new goes there").isEqualTo(accepted);
          });
      world.atEach(
          gateway -> {
            Duration took = Duration.ofNanos(world.traffic(gateway).ended("P1") - begun);
            assertThat(took).isBetween(drain.minusMillis(100), drain.plusSeconds(30));
            world.traffic(gateway).undisturbed("P2");
          });
    }
  }

  private static void cut(ChainWorld world, int number, String op, String reason, String... others)
      throws Exception {
    Node gone = world.node(number);
    world.atEach(gateway -> world.traffic(gateway).undisturbed(gone.name()));
    int accepted = gone.accepted();
    JsonNode receipt =
        op.equals("revoke") ? world.revoke(gone.endpoint()) : world.remove(gone.endpoint());
    long start = world.deep(receipt, 1);
    world.atEach(
        gateway -> {
          Duration took = Duration.ofNanos(world.traffic(gateway).ended(gone.name()) - start);
          System.out.println("chain: " + op + " cut after " + took.toMillis() + " ms");
          assertThat(took).isLessThan(AT_ONCE);
        });
    world.atEach(
        gateway -> {
          world.traffic(gateway).undisturbed(others);
          for (int i = 0; i < 5; i++) {
            assertThat(ChainWorld.reached(gateway)).isNotEqualTo(gone.name());
          }
          ChainWorld.inSync(gateway);
          written(gateway, gone, op, reason, receipt);
          assertThat(
                  ChainWorld.metric(
                      gateway, "fairlead_registry_propagation_seconds_count", "target=\"mesh\""))
              .isPositive();
        });
    assertThat(gone.accepted()).as("connections to " + gone.name()).isEqualTo(accepted);
  }

  /** One audit line says what the transaction did. */
  private static void written(
      GatewayFixture gateway, Node gone, String op, String reason, JsonNode receipt)
      throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : ChainWorld.audit(gateway, gone.endpoint())) {
      JsonNode tree = JsonMapper.shared().readTree(line);
      if (!tree.path("op").asString("").equals("add")) lines.add(tree);
    }
    assertThat(lines).hasSize(1);
    JsonNode line = lines.getFirst();
    assertThat(line.path("op").asString("")).isEqualTo(op);
    assertThat(line.path("reason").asString("")).isEqualTo(reason);
    assertThat(line.path("id").asString("")).isEqualTo(Entry.idOf(gone.endpoint()));
    assertThat(line.path("tx").asString(""))
        .isEqualTo(receipt.path("transactionHash").asString("?"));
    assertThat(line.path("block").asLong(0))
        .isEqualTo(Long.decode(receipt.path("blockNumber").asString("0x0")));
    assertThat(line.path("block_hash").asString(""))
        .isEqualTo(receipt.path("blockHash").asString("?"));
  }

  @Test
  void scenarioB1AndB2AChainThatTakesARemovalBackBringsTheNodeBack() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(3);
      world.three(world.mesh(""), 3);
      Node third = world.node(3);
      String saved = world.chain().call("evm_snapshot").asString("");
      world.remove(third.endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 2);
      world.atEach(gateway -> world.traffic(gateway).ended("P3"));
      int accepted = third.accepted();

      world.chain().call("evm_revert", saved);
      world.chain().mine(2);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 3);
      world.atEach(
          gateway -> {
            ChainWorld.inSync(gateway);
            assertThat(names(gateway, 3)).containsExactlyInAnyOrder("P1", "P2", "P3");
            assertThat(ChainWorld.events(gateway, "registry.reorg", "\"depth\":"))
                .contains("event: registry.reorg");
            assertThat(ChainWorld.metric(gateway, "fairlead_registry_reorg_depth")).isPositive();
            assertThat(ChainWorld.metric(gateway, "fairlead_registry_reorgs_total")).isPositive();
          });
      assertThat(third.accepted()).as("dialled again").isGreaterThan(accepted);

      try (Node fifth = new Node("P5")) {
        String before = world.chain().call("evm_snapshot").asString("");
        world.add(fifth.endpoint(), 1);
        world.chain().mine(1);
        long head = world.chain().head();
        world.awaitEach(gateway -> ChainWorld.seen(gateway) == head);
        world.chain().call("evm_revert", before);
        world.chain().mine(6);
        long after = world.chain().head();
        world.awaitEach(gateway -> ChainWorld.seen(gateway) == after);
        world.atEach(
            gateway -> {
              ChainWorld.inSync(gateway);
              assertThat(names(gateway, 3)).containsExactlyInAnyOrder("P1", "P2", "P3");
            });
        assertThat(fifth.accepted()).isZero();
      }
      world.atEach(
          gateway -> {
            assertThat(ops(gateway, third.endpoint()))
                .endsWith("remove", "restore")
                .doesNotContain("hold");
            assertThat(ChainWorld.metric(gateway, "fairlead_registry_holds_total")).isZero();
            assertThat(gateway.gateway().registry().ended()).isEmpty();
            world.traffic(gateway).undisturbed("P1", "P2");
          });
    }
  }

  private static List<String> ops(GatewayFixture gateway, String endpoint) {
    return gateway.gateway().registry().history().stream()
        .filter(line -> String.valueOf(line.get("endpoint")).equals(endpoint))
        .map(line -> String.valueOf(line.get("op")))
        .toList();
  }

  /** Whom new connections through the gateway reach. */
  private static Set<String> names(GatewayFixture gateway, int count) throws Exception {
    Map<String, RawClient> clients = ChainWorld.everyNode(gateway, count);
    for (RawClient each : clients.values()) each.close();
    return clients.keySet();
  }
}
