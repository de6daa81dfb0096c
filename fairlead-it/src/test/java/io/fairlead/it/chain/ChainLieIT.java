package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.it.chain.LyingNode.Lie;
import io.fairlead.registry.evm.emulator.ChainEmulator;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A node lies to two gateways that carry traffic. The one that has only this node keeps its last
 * good list and names the node; the one that has two honest ones besides goes on by them, and names
 * it as well.
 */
class ChainLieIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int FIRST = 3;

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
    List<Node> nodes = new ArrayList<>();
    try (EmulatedWorld world = new EmulatedWorld();
        LyingNode liar = new LyingNode(world)) {
      for (int i = 0; i < FIRST; i++) grown(world, nodes);
      for (int i = 0; i < 20; i++) world.mine();
      String honest = world.url();
      try (GatewayFixture alone = GatewayFixture.start(yaml(world, 1, liar.url()));
          GatewayFixture among = GatewayFixture.start(yaml(world, 2, liar.url(), honest, honest))) {
        lines(alone, FIRST);
        lines(among, FIRST);
        Map<String, RawClient> first = ChainWorld.everyNode(alone, FIRST);
        Map<String, RawClient> second = ChainWorld.everyNode(among, FIRST);
        for (Lie lie : lies) {
          liar.says(lie);
          int before = nodes.size();
          grown(world, nodes);

          lines(among, before + 1);
          told(among, lie, word(lie));
          TargetState held = lie == Lie.EMPTY ? TargetState.HOLD : TargetState.STALE;
          synced(alone, lie, held);
          assertThat(ChainWorld.target(alone).why()).as(lie.name()).contains(why(lie));
          if (word(lie).equals("failed")) told(alone, lie, "failed");
          assertThat(ChainWorld.target(alone).lines()).as(lie.name()).isEqualTo(before);
          for (RawClient stream : first.values()) ChainWorld.echo(stream);
          for (RawClient stream : second.values()) ChainWorld.echo(stream);
          assertThat(ChainWorld.reached(alone)).startsWith("P");

          liar.says(Lie.NONE);
          if (lie == Lie.EMPTY) approved(alone);
          lines(alone, before + 1);
          lines(among, before + 1);
        }
        for (RawClient stream : first.values()) stream.close();
        for (RawClient stream : second.values()) stream.close();
      }
    } finally {
      for (Node node : nodes) node.close();
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
  private static void grown(EmulatedWorld world, List<Node> nodes) throws Exception {
    nodes.add(new Node("P" + (nodes.size() + 1)));
    world.add(nodes.getLast().endpoint());
    world.mine();
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

  private static String yaml(EmulatedWorld world, int quorum, String... urls) {
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
        .formatted(ChainEmulator.CHAIN_ID, endpoints, world.contract(), quorum);
  }
}
