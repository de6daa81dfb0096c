package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.StrictHttpParser;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a contract may not do without a person, and what it may not do at all. */
class ChainRailsIT {
  @Test
  void aListThatEmptiesItselfIsHeldAndARevocationOfTheLastIsNot() throws Exception {
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
  void addressesThatAreNotPublicAreCountedAndNeverDialled() throws Exception {
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
  void whatAPruneOnlyNodeDoesNotKnowIsToldAndWhatGoesIsTakenAway() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      world.register(3);
      String local =
          "[ { address: \""
              + world.node(1).endpoint()
              + "\" }, { address: \""
              + world.node(2).endpoint()
              + "\" } ]";
      GatewayFixture gateway =
          world.gateway(
              world
                  .mesh("")
                  .replace("kind: subscribe", "kind: upstream")
                  .replace("roles: [upstream]", "")
                  .replace("policy: mirror", "policy: prune_only\n      roles: [proxy]")
                  .replace("[ { address: \"127.0.0.1:1\" } ]", local));
      assertThat(ChainWorld.target(gateway).unknown()).containsExactly(world.node(3).endpoint());
      world.remove(world.node(1).endpoint());
      world.chain().mine(1);
      await().atMost(SOON).until(() -> ChainWorld.target(gateway).lines() == 1);
      for (int i = 0; i < 5; i++) assertThat(ChainWorld.reached(gateway)).isEqualTo("P2");
      assertThat(world.node(3).accepted()).isZero();
    }
  }
}
