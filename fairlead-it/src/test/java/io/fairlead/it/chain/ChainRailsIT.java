package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.CommandLine;
import io.fairlead.it.ExpectedErrors;
import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a contract may not do without a person, and what it may not do at all. */
@ExpectedErrors("the list names what is not known here, and on_unknown says exit")
class ChainRailsIT {
  @Test
  void scenarioD1AListThatEmptiesItselfIsHeldAndARevocationOfTheLastIsNot() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway = world.gateway(world.mesh(""));
      world.remove(world.node(1).endpoint());
      world.chain().mine(1);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      world.remove(world.node(2).endpoint());
      world.chain().mine(1);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).state() == TargetState.HOLD);
      assertThat(ChainWorld.target(gateway).why()).contains("become empty");
      assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");

      String plan = ChainWorld.target(gateway).open().orElseThrow().id();
      StrictHttpParser.Response approved =
          gateway.api().post("/v1/registry/plans/" + plan + "/approve");
      assertThat(approved.status()).isEqualTo(200);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 0);
    }
  }

  @Test
  void scenarioNAddressesThatAreNotPublicAreCountedAndNeverDialled() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.nodes(1);
      String own = world.node(1).endpoint();
      for (String endpoint :
          List.of("169.254.169.254:80", "127.1:80", "[::1]:" + own.split(":")[1], own)) {
        world.add(endpoint, 1);
      }
      world.send(
          RegistryAbi.UPDATE.call(
              ChainWorld.id(own),
              BigInteger.ONE,
              BigInteger.ONE,
              BigInteger.ZERO,
              ("localhost:" + own.split(":")[1]).getBytes(java.nio.charset.StandardCharsets.UTF_8),
              new byte[0],
              new byte[0]));
      world.add("8.8.8.8:1", 1);
      world.chain().mine(5);
      GatewayFixture gateway =
          world.gateway(world.mesh("").replace("allow_private: true", "allow_private: false"));
      assertThat(ChainWorld.target(gateway).lines()).isEqualTo(1);
      var list = gateway.gateway().registry().sources().get("main").lastGood().orElseThrow();
      assertThat(list.invalid()).isGreaterThanOrEqualTo(4);
      assertThat(world.node(1).accepted()).isZero();
    }
  }

  @Test
  void scenarioLWhatAPruneOnlyNodeDoesNotKnowIsToldAndWhatGoesIsTakenAway() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(3);
      GatewayFixture gateway =
          world.gateway(pruned(world, "policy: prune_only", node(world, 1), node(world, 2)));
      assertThat(ChainWorld.target(gateway).unknown()).containsExactly(world.node(3).endpoint());
      Node fourth = world.nodes(1).get(3);
      inOneBlock(world, fourth);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).unknown().size() == 2);
      assertThat(ChainWorld.target(gateway).unknown()).contains(fourth.endpoint());
      for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
      assertThat(world.node(3).accepted()).isZero();
      assertThat(fourth.accepted()).isZero();
    }
  }

  @Test
  void scenarioLAStrictNodeEndsWithSixAndChangesNothing() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(2);
      GatewayFixture gateway =
          world.gateway(pruned(world, "policy: strict", node(world, 1), node(world, 2)));
      assertThat(gateway.gateway().registry().ended()).isEmpty();
      inOneBlock(world, world.nodes(1).get(2));
      await().atMost(SOON).until(() -> gateway.gateway().registry().ended().isPresent());
      assertThat(ChainWorld.target(gateway).exit()).isEqualTo(6);
      assertThat(ChainWorld.target(gateway).lines()).isEqualTo(2);
      CommandLine.Outcome told = asked(gateway, "sync", "--offline", "--dry-run");
      assertThat(told.exit()).as(told.out() + told.err()).isEqualTo(6);
      for (RawClient client : ChainWorld.everyNode(gateway, 2).values()) client.close();
      assertThat(world.node(1).accepted()).as("it stays").isPositive();
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
        .replace("policy: mirror", policy + "\n      roles: [proxy]")
        .replace("[ { address: \"127.0.0.1:1\" } ]", "[ " + String.join(", ", servers) + " ]");
  }

  /** The registrar adds that one and removes the first; both are three blocks deep then. */
  private static void inOneBlock(ChainWorld world, Node added) throws Exception {
    String registrar = world.chain().account(0);
    world.chain().call("evm_setAutomine", false);
    world
        .chain()
        .send(registrar, world.contract(), world.addCall(added.endpoint(), 1, new byte[0]));
    String removal = RegistryAbi.REMOVE.call((Object) ChainWorld.id(world.node(1).endpoint()));
    world.chain().send(registrar, world.contract(), removal);
    world.chain().mine(4);
    world.chain().call("evm_setAutomine", true);
  }
}
