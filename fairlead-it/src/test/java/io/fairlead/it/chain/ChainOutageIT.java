package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.DevChain;
import io.fairlead.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node is gone for a while: nothing changes for those who are connected or come. */
class ChainOutageIT {
  @TempDir private Path folder;

  @Test
  void scenarioCTheLastGoodListHoldsAcrossARestartAndTheNodeIsFollowedAgain() throws Exception {
    String state = folder.resolve("chain.json").toString();
    try (ChainWorld world = ChainWorld.start("--state", state, "--preserve-historical-states")) {
      world.register(3);
      GatewayFixture one = world.gateway(world.mesh(""));
      GatewayFixture two = world.gateway(world.mesh(""));
      Map<String, RawClient> traffic = ChainWorld.everyNode(one, 3);
      int port = world.chain().port();
      world.chain().stop();
      await().atMost(SOON).until(() -> ChainWorld.target(one).state() == TargetState.STALE);
      assertThat(ChainWorld.target(one).why()).contains("e1");

      GatewayFixture restarted = world.again(two);
      Map<String, RawClient> again = ChainWorld.everyNode(restarted, 3);
      assertThat(again).containsOnlyKeys("P1", "P2", "P3");
      for (RawClient client : again.values()) client.close();
      for (RawClient client : traffic.values()) ChainWorld.echo(client);

      assertThat(Files.exists(Path.of(state))).isTrue();
      world.chain(DevChain.start(port, "--state", state, "--preserve-historical-states"));
      world.revoke(world.node(1).endpoint());
      world.chain().mine(1);
      long start = System.nanoTime();
      traffic.get("P1").timeout(Duration.ofSeconds(10)).awaitEnd();
      await().atMost(Duration.ofSeconds(10)).until(() -> ChainWorld.target(restarted).lines() == 2);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("chain: in sync " + took.toMillis() + " ms after the node came back");
      assertThat(took).isLessThan(Duration.ofSeconds(5));
      ChainWorld.inSync(one);
      ChainWorld.inSync(restarted);
      ChainWorld.echo(traffic.get("P2"));
      for (RawClient client : traffic.values()) client.close();
    }
  }
}
