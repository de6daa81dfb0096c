package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Gateways as libp2p nodes: one is a relay, one is behind it, one comes to visit. */
class RelayIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private static final String RELAY =
      """
      membership: { file: "@DIR@/members.yaml" }
      relay:
        listen: ["/ip4/127.0.0.1/tcp/0"]
        reachability: { mode: public }
        service: { mode: "on" }
      """;

  private static String hidden(String relay) {
    return """
        relay:
          reachability: { mode: private }
          auto: { static: ["%s"], num_relays: 1, reconnect_grace: 1s }
        """
        .formatted(relay);
  }

  private static final String VISITOR = "relay: { reachability: { mode: private } }\n";

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private static String at(GatewayFixture gateway) {
    RelayNode node = node(gateway);
    return node.host().listening().getFirst() + "/p2p/" + node.host().id();
  }

  private static String members(String... peers) {
    StringBuilder text = new StringBuilder("version: 1\nmembers:\n");
    for (int i = 0; i < peers.length; i++) {
      text.append("  - { id: entry-" + i + ", public_key: " + peers[i] + " }\n");
    }
    return text.toString();
  }

  private static FinderDriver finder(GatewayFixture gateway) {
    return node(gateway).finder().orElseThrow();
  }

  private static String key(Path dir, String name) throws Exception {
    return RelayNode.identity(dir.resolve(name)).peerId().toString();
  }

  @Test
  void aGatewayBehindARelayIsReachedUntilItsEntryIsRevoked() throws Exception {
    Path relayDir = Files.createTempDirectory("fairlead-it");
    Path hiddenDir = Files.createTempDirectory("fairlead-it");
    Files.createDirectories(hiddenDir.resolve("state"));
    String hiddenPeer = key(hiddenDir.resolve("state"), "identity.key");
    String other = key(relayDir, "other.key");
    Files.writeString(relayDir.resolve("members.yaml"), members(other, hiddenPeer));
    try (var relay = GatewayFixture.start(relayDir, RELAY);
        var hidden = GatewayFixture.start(hiddenDir, hidden(at(relay)));
        var visitor = GatewayFixture.start(VISITOR)) {
      String through = at(relay) + "/p2p-circuit";
      await()
          .atMost(WITHIN)
          .until(
              () ->
                  node(hidden).host().addresses().stream()
                      .anyMatch(each -> each.toString().equals(through)));
      assertThat(node(hidden).host().id().toString()).isEqualTo(hiddenPeer);
      String shown = hidden.api().get("/v1/relay").text();
      assertThat(shown).contains(through, "\"state\":\"held\"", "\"reachability\":\"private\"");

      var ping =
          visitor
              .api()
              .send(
                  "POST",
                  "/v1/relay/ping",
                  "{\"peer\":\"" + through + "/p2p/" + hiddenPeer + "\"}");
      assertThat(ping.text()).contains("\"relayed\":true", "rtt_seconds");
      assertThat(relay.api().get("/v1/relay").text())
          .contains("\"serving\":true", "\"source\":\"" + node(visitor).host().id() + "\"");
      assertMeters(relay, hidden, visitor);

      GatewayFixture.replace(relayDir.resolve("members.yaml"), members(other));
      await()
          .atMost(WITHIN)
          .until(() -> node(relay).host().connections(node(hidden).host().id()).isEmpty());
      await().atMost(WITHIN).until(() -> node(relay).service().places().isEmpty());
      await()
          .atMost(WITHIN)
          .until(() -> node(visitor).host().connections(node(hidden).host().id()).isEmpty());
      await().atMost(WITHIN).until(() -> finder(hidden).report().held() == 0);
      await()
          .atMost(WITHIN)
          .until(
              () ->
                  Files.readString(relayDir.resolve("state/audit.log"))
                      .contains("\"member.removed\""));
      assertThat(Files.readAllLines(relayDir.resolve("state/audit.log")))
          .filteredOn(line -> line.contains("\"member.removed\""))
          .singleElement()
          .asString()
          .contains("\"id\":\"entry-1\"", "\"cut\":3");
    }
  }

  /** Every meter of relays, by its exported name, and those whose value is known here. */
  private static void assertMeters(
      GatewayFixture relay, GatewayFixture hidden, GatewayFixture visitor) throws Exception {
    Map<String, Double> there = meters(relay);
    assertThat(there)
        .containsEntry("relay_reachability{state=\"public\"}", 1.0)
        .containsEntry("relay_reachability{state=\"private\"}", 0.0)
        .containsEntry("relay_reachability{state=\"unknown\"}", 0.0)
        .containsEntry("relay_service_status", 1.0)
        .containsEntry("relay_service_places", 1.0)
        .containsEntry("relay_service_circuits", 1.0)
        .containsEntry("relay_service_reservations_total{type=\"opened\"}", 1.0)
        .containsEntry("relay_service_reservations_total{type=\"renewed\"}", 0.0)
        .containsEntry("relay_service_reservations_total{type=\"closed\"}", 0.0)
        .containsEntry(
            "relay_service_reservation_request_response_status_total{status=\"ok\"}", 1.0)
        .containsEntry(
            "relay_service_reservation_request_response_status_total{status=\"rejected\"}", 0.0)
        .containsEntry(
            "relay_service_reservation_request_response_status_total{status=\"error\"}", 0.0)
        .containsEntry(
            "relay_service_reservation_rejections_total{reason=\"reservation_refused\"}", 0.0)
        .containsEntry("relay_service_connections_total{type=\"opened\"}", 1.0)
        .containsEntry("relay_service_connections_total{type=\"closed\"}", 0.0)
        .containsEntry("relay_service_connection_request_response_status_total{status=\"ok\"}", 1.0)
        .containsEntry("relay_service_connection_rejections_total{reason=\"no_reservation\"}", 0.0)
        .containsEntry("relay_service_connection_duration_seconds_count", 0.0);
    assertThat(there.get("relay_service_data_transferred_bytes_total")).isPositive();

    Map<String, Double> behind = meters(hidden);
    assertThat(behind)
        .containsEntry("relay_reachability{state=\"private\"}", 1.0)
        .containsEntry("relay_reservations", 1.0)
        .containsEntry("relay_circuits{side=\"accepted\"}", 1.0)
        .containsEntry("relay_circuits{side=\"dialled\"}", 0.0)
        .containsEntry("relay_auto_status", 1.0)
        .containsEntry("relay_auto_reservations_opened_total", 1.0)
        .containsEntry("relay_auto_reservations_closed_total", 0.0)
        .containsEntry("relay_auto_relay_addresses_count", 1.0)
        .containsEntry("relay_auto_relay_addresses_updated_total", 1.0)
        .containsEntry("relay_auto_candidates_circuit_v2_support_total{support=\"yes\"}", 1.0)
        .containsEntry("relay_auto_candidates_circuit_v2_support_total{support=\"no\"}", 0.0)
        .containsEntry("relay_auto_candidates_total{type=\"added\"}", 1.0)
        .containsEntry("relay_auto_candidates_total{type=\"removed\"}", 1.0)
        .containsEntry("relay_auto_desired_reservations", 1.0)
        .containsKey("relay_auto_candidate_loop_state");
    for (String type : List.of("new", "refresh")) {
      for (String result :
          List.of(
              "success",
              "connection_failed",
              "malformed_message",
              "reservation_refused",
              "permission_denied",
              "resource_limit_exceeded",
              "other")) {
        assertThat(behind)
            .containsEntry(
                "relay_auto_reservation_requests_total{request_type=\"%s\",result=\"%s\"}"
                    .formatted(type, result),
                type.equals("new") && result.equals("success") ? 1.0 : 0.0);
      }
    }
    for (String work :
        List.of("source_call", "reservation_refresh", "clear_backoff", "old_candidate_check")) {
      assertThat(behind)
          .containsKey("relay_auto_scheduled_work_timestamp_seconds{work_type=\"" + work + "\"}");
    }
    assertThat(behind.get("relay_reservation_expiry_seconds")).isBetween(3000.0, 3600.0);
    for (String direction : List.of("received", "sent")) {
      String bytes = "relay_circuit_bytes_total{direction=\"%s\",side=\"%s\"}";
      assertThat(behind.get(bytes.formatted(direction, "accepted"))).isPositive();
      assertThat(meters(visitor).get(bytes.formatted(direction, "dialled"))).isPositive();
    }
    assertThat(meters(visitor)).containsEntry("relay_circuits{side=\"dialled\"}", 1.0);
  }

  /** What is exported of relays, without the first word of the names. */
  private static Map<String, Double> meters(GatewayFixture gateway) throws Exception {
    Map<String, Double> all = new HashMap<>();
    gateway
        .api()
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("fairlead_relay_"))
        .forEach(
            line -> {
              int space = line.lastIndexOf(' ');
              all.put(
                  line.substring("fairlead_".length(), space),
                  Double.valueOf(line.substring(space + 1)));
            });
    return all;
  }

  @Test
  void theSectionIsReloadedWhileItRuns() throws Exception {
    Path relayDir = Files.createTempDirectory("fairlead-it");
    Files.writeString(relayDir.resolve("members.yaml"), members(key(relayDir, "other.key")));
    try (var relay = GatewayFixture.start(relayDir, RELAY);
        var node = GatewayFixture.start("# no node yet\n")) {
      assertThat(node.api().get("/v1/relay").text()).contains("\"enabled\":false");
      node.replaceConfig(hidden(at(relay)));
      assertThat(node.api().post("/v1/reload").status()).isEqualTo(200);
      await().atMost(WITHIN).until(() -> finder(node).report().held() == 1);

      node.replaceConfig(
          hidden(at(relay)).replace("num_relays: 1", "num_relays: 0")
              + "  listen: [\"/ip4/127.0.0.1/tcp/0\"]\n");
      assertThat(node.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(node(node).host().listening()).hasSize(1);
      await()
          .atMost(WITHIN)
          .until(
              () ->
                  finder(node).report().relays().stream()
                      .allMatch(each -> each.state().equals("lapsing")));
      node.replaceConfig(
          hidden(at(relay)) + "  listen: [\"/ip4/127.0.0.1/tcp/" + relayPort(relay) + "\"]\n");
      var refused = node.api().post("/v1/reload");
      assertThat(refused.text()).contains("F2502");
      assertThat(node(node).host().listening()).hasSize(1);

      node.replaceConfig("# none again\n");
      assertThat(node.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(node.gateway().relay()).isEmpty();
    }
  }

  private static String relayPort(GatewayFixture relay) {
    String at = node(relay).host().listening().getFirst().toString();
    return at.substring(at.lastIndexOf('/') + 1);
  }
}
