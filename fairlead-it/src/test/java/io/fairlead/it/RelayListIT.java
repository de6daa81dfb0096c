package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node finds its relay in a list, which is not there when it starts again. */
class RelayListIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final String RELAY =
      """
      # quick
      relay:
        listen: ["/ip4/127.0.0.1/tcp/0"]
        reachability: { mode: public }
        service: { mode: "on" }
      """;

  private static final String HIDDEN =
      """
      # quick
      registry:
        interval: 1s
        sources: [ { name: main, type: file, path: "@DIR@/list.json" } ]
        targets: [ @TARGET@ ]
      relay:
        reachability: { mode: private }
        auto: { registry: main, num_relays: 1, min_candidates: 1, boot_delay: 0s, min_interval: 1s, reconnect_grace: 1s }
      """;

  private static final String TARGET =
      "{ name: relays, kind: relay_candidates, source: main, policy: mirror, first_sync: auto,"
          + " rails: { hold_down: 1s, max_remove: 100%, allow_empty: true, min_entries: 0 } }";

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private static long held(GatewayFixture gateway) {
    return node(gateway).finder().map(each -> each.report()).map(FinderReport::held).orElse(0L);
  }

  private static String endpoint(GatewayFixture relay) {
    return node(relay).host().listening().getFirst() + "/p2p/" + node(relay).host().id();
  }

  /** Where no target follows the list it is kept by the node; else the target keeps its own. */
  @ParameterizedTest
  @ValueSource(strings = {"", TARGET})
  void itsRelaysAreKeptOverAStartAtWhichItCannotBeRead(String target) throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Path list = dir.resolve("list.json");
    try (var relay = GatewayFixture.start(RELAY)) {
      Files.writeString(list, "[ { \"endpoints\": [ \"" + endpoint(relay) + "\" ] } ]");
      GatewayFixture before = GatewayFixture.start(dir, HIDDEN.replace("@TARGET@", target));
      await().atMost(WITHIN).until(() -> held(before) == 1);
      assertThat(before.api().get("/v1/relay").text()).contains("\"stale\":false");
      before.stopAndKeep();
      Files.delete(list);

      try (var after = GatewayFixture.again(dir)) {
        await().atMost(WITHIN).until(() -> held(after) == 1);
        await()
            .atMost(WITHIN)
            .until(() -> after.api().get("/v1/relay").text().contains("\"stale\":true"));
        assertThat(dir.resolve("state/relay.lists").toFile().exists()).isEqualTo(target.isEmpty());

        // The list is there again, and has another opinion.
        GatewayFixture.replace(list, "[]");
        await().atMost(WITHIN).until(() -> held(after) == 0);
        assertThat(after.api().get("/v1/relay").text()).contains("\"stale\":false");
      }
    }
  }

  private static String peers(GatewayFixture gateway) {
    return node(gateway).finder().orElseThrow().report().relays().stream()
        .map(each -> each.peer() + " " + each.state())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** The relays of the list before end by themselves, and that of the next takes their place. */
  @Test
  void anotherListBringsItsOwnRelays() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    try (var first = GatewayFixture.start(RELAY);
        var second = GatewayFixture.start(RELAY)) {
      Files.writeString(
          dir.resolve("list.json"), "[ { \"endpoints\": [ \"" + endpoint(first) + "\" ] } ]");
      Files.writeString(
          dir.resolve("other.json"), "[ { \"endpoints\": [ \"" + endpoint(second) + "\" ] } ]");
      String two =
          HIDDEN
              .replace("@TARGET@", "")
              .replace(
                  "list.json\" }",
                  "list.json\" }, { name: other, type: file, path: \"@DIR@/other.json\" }");
      try (var gateway = GatewayFixture.start(dir, two)) {
        await().atMost(WITHIN).until(() -> held(gateway) == 1);
        reload(gateway, two.replace("registry: main", "registry: other"));
        await().atMost(WITHIN).until(() -> peers(gateway).contains(id(second) + " held"));
        assertThat(peers(gateway)).doesNotContain(id(first) + " held");
        reload(gateway, two);
        await().atMost(WITHIN).until(() -> peers(gateway).contains(id(first) + " held"));
        assertThat(peers(gateway)).doesNotContain(id(second) + " held");
      }
    }
  }

  private static void reload(GatewayFixture gateway, String yaml) throws Exception {
    assertThat(ReloadHistoryIT.reload(gateway, yaml, "").status()).isEqualTo(200);
  }

  private static String id(GatewayFixture gateway) {
    return node(gateway).host().id().toString();
  }
}
