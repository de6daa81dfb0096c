package io.fairlead.it.chain;

import static io.fairlead.it.chain.ChainWorld.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.DevChain;
import io.fairlead.testkit.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The node, which mines a block each second, is gone for an hour: nothing changes for those who are
 * connected or come.
 */
class ChainOutageIT {
  private static final Duration GAP = Duration.ofHours(1);

  @TempDir private Path folder;

  /** The machine's clock, but for the time that a test says went by. */
  private static final class Ahead implements Clock {
    private volatile Duration by = Duration.ZERO;

    @Override
    public long nanos() {
      return Clock.system().nanos();
    }

    @Override
    public Instant wall() {
      return Clock.system().wall().plus(by);
    }
  }

  @Test
  void scenarioCTheLastGoodListHoldsAcrossARestartAndTheNodeIsFollowedAgain() throws Exception {
    String state = folder.resolve("chain.json").toString();
    Ahead clock = new Ahead();
    try (ChainWorld world = ChainWorld.start("--state", state, "--preserve-historical-states")) {
      world.clock(clock);
      world.register(4);
      world.paced();
      GatewayFixture second = world.three(world.mesh(""), 4).get(1);
      int port = world.chain().port();
      world.chain().stop();
      world.awaitEach(gateway -> ChainWorld.target(gateway).state() == TargetState.STALE);
      clock.by = GAP;
      world.atEach(
          gateway -> {
            assertThat(ChainWorld.target(gateway).why()).contains("e1");
            assertThat(source(gateway).path("state").asString("")).isEqualTo("stale");
            assertThat(source(gateway).path("age_s").asLong(0))
                .isBetween(GAP.toSeconds(), GAP.toSeconds() + 600);
            world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4");
          });

      GatewayFixture restarted = world.again(second);
      Map<String, RawClient> again = ChainWorld.everyNode(restarted, 4);
      assertThat(again).containsOnlyKeys("P1", "P2", "P3", "P4");
      for (RawClient client : again.values()) client.close();
      assertThat(ChainWorld.target(restarted).lines()).as("told as it is").isEqualTo(4);
      world.steady(restarted, 4);
      await().atMost(SOON).until(() -> ChainWorld.target(restarted).state() == TargetState.STALE);
      world.atEach(gateway -> world.traffic(gateway).undisturbed("P1", "P2", "P3", "P4"));

      assertThat(Files.exists(Path.of(state))).isTrue();
      world.chain(DevChain.start(port, "--state", state, "--preserve-historical-states"));
      world.chain().call("evm_increaseTime", GAP.toSeconds());
      world.paced();
      long start = world.deep(world.revoke(world.node(1).endpoint()), 1);
      world.awaitEach(
          gateway ->
              ChainWorld.target(gateway).lines() == 3
                  && ChainWorld.target(gateway).state() == TargetState.IN_SYNC);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("chain: in sync " + took.toMillis() + " ms after the node came back");
      assertThat(took).isLessThan(Duration.ofSeconds(5));
      world.atEach(
          gateway -> {
            world.traffic(gateway).ended("P1");
            world.traffic(gateway).undisturbed("P2", "P3", "P4");
          });
    }
  }

  private static JsonNode source(GatewayFixture gateway) throws Exception {
    String report = gateway.api().get("/v1/registry").text();
    return JsonMapper.shared().readTree(report).path("sources").path(0);
  }
}
