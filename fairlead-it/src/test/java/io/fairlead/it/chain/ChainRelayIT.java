package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderReport;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node that nobody can dial finds its relays in a contract. */
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
        relay:
          reachability: { mode: private }
          auto: { registry: main, num_relays: 2, min_candidates: 1, boot_delay: 0s, min_interval: 1s, reconnect_grace: 1s }
        """
            .replace("@SOURCE@", world.source("confirmations: { add: 3, remove: 1 }"));
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
      world.chain().mine(5); // deep enough to be read
      world.three(hidden(world));

      for (String peer : peers.subList(0, 2)) world.add(endpoints.get(peer), RELAY);
      long head = world.chain().head();
      world.awaitEach(hidden -> ChainWorld.seen(hidden) == head);
      world.atEach(
          hidden -> {
            assertThat(ChainWorld.target(hidden).lines()).as("not deep enough yet").isZero();
            assertThat(node(hidden).finder().map(f -> f.report().held()).orElse(0L)).isZero();
          });
      world.chain().mine(3);
      world.atEach(hidden -> held(hidden, relays, peers.subList(0, 2)));

      // A third is listed; then the first loses its entry.
      world.add(endpoints.get(peers.get(2)), RELAY);
      world.chain().mine(3);
      world.awaitEach(hidden -> ChainWorld.target(hidden).lines() == 3);
      world.revoke(endpoints.get(peers.getFirst()));
      long start = System.nanoTime();
      world.chain().mine(1);
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
