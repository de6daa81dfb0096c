package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
