package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.CommandLine;
import io.fairlead.it.ExpectedErrors;
import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.plan.Rails;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What a contract may not do without a person. A test says when there is a block; but for what is
 * not known, where there is one each second.
 */
@ExpectedErrors("the list names what is not known here, and on_unknown says exit")
class ChainRailsIT {
  @Test
  void scenarioD1AListThatEmptiesItselfIsHeldAndARevocationOfTheLastIsNot() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      world.three(world.mesh(""), 2);
      world.remove(world.node(1).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 1);
      world.remove(world.node(2).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).state() == TargetState.HOLD);
      world.atEach(
          gateway -> {
            assertThat(ChainWorld.target(gateway).why()).contains("become empty");
            assertThat(ChainWorld.target(gateway).rail()).contains(Rails.Rail.EMPTY);
            assertThat(ChainWorld.target(gateway).lines()).isEqualTo(1);
            assertThat(
                    ChainWorld.metric(gateway, "fairlead_registry_holds_total", "rail=\"empty\""))
                .isEqualTo(1);
            assertThat(ChainWorld.events(gateway, "registry.state", "\"state\":\"hold\""))
                .contains("event: registry.state");
            assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
            world.traffic(gateway).undisturbed("P2");
          });

      world.atEach(
          gateway -> {
            String plan = ChainWorld.target(gateway).open().orElseThrow().id();
            StrictHttpParser.Response approved =
                gateway.api().post("/v1/registry/plans/" + plan + "/approve");
            assertThat(approved.status()).isEqualTo(200);
          });
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 0);
      world.atEach(gateway -> world.traffic(gateway).ended("P2"));
    }
  }

  @Test
  void aRevocationOfTheLastOneIsNotHeld() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(1);
      world.three(world.mesh(""), 1);
      world.revoke(world.node(1).endpoint());
      world.chain().mine(1);
      world.awaitEach(gateway -> ChainWorld.target(gateway).lines() == 0);
      world.atEach(gateway -> world.traffic(gateway).ended("P1"));
    }
  }

  @Test
  void scenarioLWhatIsNotKnownIsToldAndAStrictNodeEndsWithSix() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      List<GatewayFixture> mirrors = world.three(world.mesh(""), 2);
      String[] known = {node(world, 1), node(world, 2)};
      GatewayFixture pruning = world.gateway(pruned(world, "policy: prune_only", known));
      // A removal that counts earlier would be applied before the other change is known.
      GatewayFixture strict =
          world.gateway(
              pruned(world, "policy: strict", known).replace("remove: 1 }", "remove: 3 }"));
      world.paced();
      assertThat(strict.gateway().registry().ended()).isEmpty();
      assertThat(ChainWorld.target(pruning).unknown()).isEmpty();
      Node third = world.nodes(1).get(2);
      inOneBlock(world, third);

      // Who mirrors takes both.
      assertThat(mirrors).hasSize(3);
      world.atEach(
          gateway -> {
            world.traffic(gateway).ended("P1");
            await()
                .atMost(SOON)
                .untilAsserted(
                    () -> {
                      Map<String, RawClient> reached = ChainWorld.everyNode(gateway, 2);
                      for (RawClient each : reached.values()) each.close();
                      assertThat(reached).containsOnlyKeys("P2", "P3");
                    });
            ChainWorld.inSync(gateway);
            world.traffic(gateway).undisturbed("P2");
          });

      // Who only takes away does so, and tells of the other.
      await().atMost(SOON).until(() -> ChainWorld.target(pruning).lines() == 1);
      await()
          .atMost(SOON)
          .until(() -> ChainWorld.target(pruning).unknown().equals(List.of(third.endpoint())));
      for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(pruning)).isEqualTo("P2");

      // Who is strict changes nothing, and ends.
      await().atMost(SOON).until(() -> strict.gateway().registry().ended().isPresent());
      assertThat(ChainWorld.target(strict).exit()).isEqualTo(6);
      assertThat(ChainWorld.target(strict).lines()).isEqualTo(2);
      CommandLine.Outcome told = asked(strict, "sync", "--offline", "--dry-run");
      assertThat(told.exit()).as(told.out() + told.err()).isEqualTo(6);
      Map<String, RawClient> still = ChainWorld.everyNode(strict, 2);
      for (RawClient client : still.values()) client.close();
      assertThat(still).as("it stays").containsOnlyKeys("P1", "P2");
    }
  }

  @Test
  void theListOfAFormerBlockIsComparedWithWhatHolds() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway = world.gateway(world.mesh(""));
      long before = world.chain().head();
      world.remove(world.node(1).endpoint());
      world.chain().mine(4);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      ChainWorld.inSync(gateway);
      CommandLine.Outcome then = asked(gateway, "diff", "--at-block", Long.toString(before));
      assertThat(then.exit()).as(then.out() + then.err()).isEqualTo(2);
      assertThat(then.out())
          .contains("block:" + before + ":")
          .contains("+ " + world.node(1).endpoint());
      String now = Long.toString(world.chain().head());
      CommandLine.Outcome same = asked(gateway, "diff", "--at-block", now);
      assertThat(same.exit()).as(same.out() + same.err()).isZero();
      assertThat(asked(gateway, "diff", "--at-block", "latest").exit()).isEqualTo(64);
      assertThat(ChainWorld.target(gateway).lines()).as("nothing was changed").isEqualTo(1);
    }
  }

  private static CommandLine.Outcome asked(GatewayFixture gateway, String... words) {
    List<String> all = new ArrayList<>(List.of("registry"));
    all.addAll(List.of(words));
    all.addAll(List.of("--config", gateway.configFile().toString()));
    return CommandLine.run(gateway.dir(), all.toArray(String[]::new));
  }

  private static String node(ChainWorld world, int number) {
    return "{ address: \"" + world.node(number).endpoint() + "\" }";
  }

  /** A gateway that knows these servers, and follows by taking away only. */
  private static String pruned(ChainWorld world, String policy, String... servers) {
    return world
        .mesh("")
        .replace("kind: subscribe", "kind: upstream")
        .replace("policy: mirror", policy + ", roles: [proxy]")
        .replace("[ { address: \"127.0.0.1:1\" } ]", "[ " + String.join(", ", servers) + " ]");
  }

  /** The registrar adds that one and removes the first; both are three blocks deep then. */
  private static void inOneBlock(ChainWorld world, Node added) throws Exception {
    String removal = RegistryAbi.REMOVE.call((Object) ChainWorld.id(world.node(1).endpoint()));
    world.newBlock(); // both come into the next one
    List<JsonNode> mined = world.sendAll(world.addCall(added.endpoint(), 1, new byte[0]), removal);
    assertThat(mined.getFirst().path("blockHash")).isEqualTo(mined.getLast().path("blockHash"));
    world.deep(mined.getLast(), 3);
  }
}
