package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.it.chain.LyingNode.Lie;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.DevChain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A node lies to six gateways that carry traffic. The three that have only this node keep their
 * last good list and name the node; the three that have two honest ones besides go on by them, and
 * name it as well.
 */
class ChainLieIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int FIRST = 3;
  private static final int EVERY_ROLE = 127;

  @Test
  void scenarioD1AndD2AndD3AListThatLacksAPageOrIsEmptyChangesNothing() throws Exception {
    lied(List.of(Lie.DROPPED_PAGE, Lie.EMPTY));
  }

  @Test
  @Tag("nightly")
  void scenarioD1AndD2AndD3WhateverANodeSaysChangesNothing() throws Exception {
    lied(List.of(Lie.values()).subList(1, Lie.values().length));
  }

  /** Each in turn; the last is the one after which a person must look. */
  private static void lied(List<Lie> lies) throws Exception {
    try (ChainWorld world = ChainWorld.start();
        LyingNode liar = new LyingNode(world)) {
      for (int i = 0; i < FIRST; i++) grown(world);
      world.chain().mine(20);
      String honest = world.chain().url();
      List<GatewayFixture> alone = new ArrayList<>();
      List<GatewayFixture> among = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        alone.add(world.named("G" + i + " alone", yaml(world, 1, liar.url())));
        among.add(world.named("G" + i + " among", yaml(world, 2, liar.url(), honest, honest)));
      }
      world.atEach(gateway -> lines(gateway, FIRST));
      world.atEach(gateway -> world.steady(gateway, FIRST));
      int before = FIRST;
      for (Lie lie : lies) {
        liar.says(lie);
        int known = before;
        grown(world);
        world.at(among, gateway -> lines(gateway, known + 1));
        world.at(among, gateway -> told(gateway, lie, word(lie)));
        world.at(alone, gateway -> unmoved(gateway, lie, known));
        world.atEach(gateway -> world.traffic(gateway).undisturbed("P1", "P2", "P3"));

        liar.says(Lie.NONE);
        if (lie == Lie.EMPTY) world.at(alone, ChainLieIT::approved);
        world.atEach(gateway -> lines(gateway, known + 1));
        before++;
      }
    }
  }

  /** The gateway that has only the liar goes on with what it had, and says why. */
  private static void unmoved(GatewayFixture gateway, Lie lie, int lines) throws Exception {
    synced(gateway, lie, lie == Lie.EMPTY ? TargetState.HOLD : TargetState.STALE);
    assertThat(ChainWorld.target(gateway).why()).as(lie.name()).contains(why(lie));
    if (word(lie).equals("failed")) told(gateway, lie, "failed");
    assertThat(ChainWorld.target(gateway).lines()).as(lie.name()).isEqualTo(lines);
    assertThat(ChainWorld.reached(gateway)).startsWith("P");
    if (lie == Lie.EMPTY) {
      assertThat(ChainWorld.metric(gateway, "fairlead_registry_holds_total")).isPositive();
      assertThat(ChainWorld.events(gateway, "registry.state", "\"state\":\"hold\""))
          .contains("event: registry.state");
    }
  }

  /** How the liar stands among honest ones. */
  private static String word(Lie lie) {
    return switch (lie) {
      case EMPTY, FORKED -> "disagrees";
      case STALE -> "behind";
      default -> "failed";
    };
  }

  /** What the target of the gateway that has only the liar tells. */
  private static String why(Lie lie) {
    return switch (lie) {
      case EMPTY -> "become empty";
      case STALE -> "the newest block";
      case FORKED -> "no longer on the chain";
      default -> "e1";
    };
  }

  /** One more server in the list. */
  private static void grown(ChainWorld world) throws Exception {
    world.add(world.nodes(1).getLast().endpoint(), EVERY_ROLE);
  }

  /** What was held because the truth looks like a step back is let in by a person. */
  private static void approved(GatewayFixture gateway) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              gateway.api().post("/v1/registry/sync");
              Object held = gateway.gateway().registry().details("main").get("held");
              return held != null
                  && gateway.api().post("/v1/registry/plans/" + held + "/approve").status() == 200;
            });
  }

  private static void lines(GatewayFixture gateway, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              gateway.api().post("/v1/registry/sync");
              TargetStatus now = ChainWorld.target(gateway);
              assertThat(now.state())
                  .as(() -> now.why() + gateway.gateway().registry().details("main"))
                  .isEqualTo(TargetState.IN_SYNC);
              assertThat(now.lines()).isEqualTo(count);
            });
  }

  private static void synced(GatewayFixture gateway, Lie lie, TargetState wanted) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              gateway.api().post("/v1/registry/sync");
              assertThat(ChainWorld.target(gateway).state())
                  .as(() -> lie + ": " + ChainWorld.target(gateway).why())
                  .isEqualTo(wanted);
            });
  }

  /** The report names the node, and what was wrong with it. */
  private static void told(GatewayFixture gateway, Lie lie, String word) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(gateway.api().get("/v1/registry").text())
                    .as(lie.name())
                    .containsPattern(
                        "\"endpoint\":\"e1\",[^}]*\"last_fault\":\"" + word + "\",[^}]*\"e1: "));
  }

  private static String yaml(ChainWorld world, int quorum, String... urls) {
    StringBuilder endpoints = new StringBuilder();
    for (int i = 0; i < urls.length; i++) {
      endpoints.append(
          "{ alias: e%d, url: \"%s\", poll_interval: 100ms }, ".formatted(i + 1, urls[i]));
    }
    return """
    # quick
    pubsub: { chains: { main: { chain_id: %d, endpoints: [ %s ] } } }
    registry:
      interval: 1s
      debounce: { quiet: 10ms, max: 50ms }
      sources:
        - { name: main, type: evm, chain: main, contract: "%s", allow_private: true, timeout: 2s,
            quorum: %d, confirmations: { add: 0, remove: 0 } }
      targets:
        - { name: mesh, kind: upstream, upstream: mesh, source: main, policy: mirror, first_sync: auto,
            rails: { hold_down: 0s, max_plans: 10000 } }
    listeners: { mesh: { bind: "127.0.0.1:0", proto: tcp, service: mesh } }
    streams: { mesh: { upstream: mesh } }
    upstreams: { mesh: { balance: round_robin, endpoints: [] } }
    """
        .formatted(DevChain.CHAIN_ID, endpoints, world.contract(), quorum);
  }
}
