package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A node that nobody can dial finds its relays in a contract, of a node that mines a block each
 * second; streams to other nodes of the list go on.
 */
class ChainRelayIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RELAY = 2;

  private static final String SERVING =
      """
      # quick
      relay:
        listen: ["/ip4/127.0.0.1/tcp/0"]
        reachability: { mode: public }
        service: { mode: "on" }
      """;

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  /** As the contract names it: one address, which ends with the peer. */
  private static String endpoint(GatewayFixture relay) {
    return node(relay).host().listening().getFirst() + "/p2p/" + node(relay).host().id();
  }

  private static String hidden(ChainWorld world) {
    return "# quick\n"
        + world.followed()
        + """
        registry:
          interval: 2s
          debounce: { quiet: 20ms, max: 100ms }
          sources: [ @SOURCE@ ]
          targets:
            - name: relays
              kind: relay_candidates
              source: main
              policy: mirror
              first_sync: auto
              rails: { hold_down: 1s, max_remove: 100%, allow_empty: true, min_entries: 0 }
            @MESH@
        listeners: { @LISTENER@ }
        @STREAMS@
        upstreams: { @POOL@ }
        relay:
          reachability: { mode: private }
          auto: { registry: main, num_relays: 2, min_candidates: 1, boot_delay: 0s, min_interval: 1s, reconnect_grace: 1s }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"))
            .replace("@MESH@", ChainWorld.MESH)
            .replace("@LISTENER@", ChainWorld.LISTENER)
            .replace("@STREAMS@", ChainWorld.STREAMS)
            .replace("@POOL@", ChainWorld.POOL);
  }

  private static List<String> held(GatewayFixture hidden) {
    return node(hidden).finder().orElseThrow().report().relays().stream()
        .filter(each -> each.state().equals("held"))
        .map(each -> each.peer().toString())
        .toList();
  }

  /** Relays whose circuit addresses the node announces. */
  private static List<String> announced(GatewayFixture hidden, Map<String, GatewayFixture> relays) {
    String all = node(hidden).host().addresses().toString();
    return relays.keySet().stream()
        .filter(peer -> all.contains("/p2p/" + peer + "/p2p-circuit"))
        .toList();
  }

  @Test
  void scenarioEListedRelaysAreUsedAndARevokedOneIsReplacedAtOnce() throws Exception {
    try (ChainWorld world = ChainWorld.start()) {
      Map<String, GatewayFixture> relays = new LinkedHashMap<>();
      Map<String, String> endpoints = new LinkedHashMap<>();
      for (int i = 0; i < 3; i++) {
        GatewayFixture relay = world.also(GatewayFixture.start(SERVING));
        relays.put(node(relay).host().id().toString(), relay);
        endpoints.put(node(relay).host().id().toString(), endpoint(relay));
      }
      List<String> peers = List.copyOf(relays.keySet());
      world.register(4);
      world.paced();
      world.three(hidden(world), 4);

      List<JsonNode> added =
          world.sendAll(
              world.addCall(endpoints.get(peers.get(0)), RELAY, new byte[0]),
              world.addCall(endpoints.get(peers.get(1)), RELAY, new byte[0]));
      long block = Long.decode(added.getFirst().path("blockNumber").asString(""));
      while (world.chain().head() < block + 3) {
        List<Integer> lines = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        world.atEach(
            hidden -> {
              lines.add(ChainWorld.target(hidden).lines());
              places.add(node(hidden).finder().map(f -> f.report().held()).orElse(0L));
            });
        if (world.chain().head() >= block + 3) break; // it may have come while we looked
        assertThat(lines).as("not deep enough yet").containsOnly(0);
        assertThat(places).containsOnly(0L);
      }
      world.atEach(hidden -> held(hidden, relays, peers.subList(0, 2)));

      // A third is listed; then the first loses its entry.
      world.deep(world.add(endpoints.get(peers.get(2)), RELAY), 3);
      world.awaitEach(hidden -> ChainWorld.target(hidden).lines() == 3);
      long start = world.deep(world.revoke(endpoints.get(peers.getFirst())), 1);
      world.atEach(
          hidden -> {
            await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(PATIENCE)
                .until(() -> !announced(hidden, relays).contains(peers.getFirst()));
            System.out.println(
                "chain: a revoked relay's addresses withdrawn after "
                    + Duration.ofNanos(System.nanoTime() - start).toMillis()
                    + " ms");
            assertThat(announced(hidden, relays)).contains(peers.get(1));
          });
      world.atEach(
          hidden -> {
            held(hidden, relays, peers.subList(1, 3));
            FinderReport report = node(hidden).finder().orElseThrow().report();
            assertThat(report.backoffs())
                .noneMatch(each -> each.peer().toString().equals(peers.get(0)));
            world.traffic(hidden).undisturbed("P1", "P2", "P3", "P4");
          });
    }
  }

  /** The node has places at those relays, no others, and announces them. */
  private static void held(
      GatewayFixture hidden, Map<String, GatewayFixture> relays, List<String> peers) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(held(hidden))
                    .as(() -> report(hidden))
                    .containsExactlyInAnyOrderElementsOf(peers));
    await().atMost(PATIENCE).until(() -> announced(hidden, relays).equals(peers));
  }

  private static String report(GatewayFixture hidden) {
    return String.valueOf(node(hidden).finder().map(each -> each.report()));
  }
}
