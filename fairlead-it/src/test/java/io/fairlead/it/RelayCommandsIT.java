package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.relay.RelayNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code fairlead relay} as an operator types it, right and wrong. */
class RelayCommandsIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String RELAY =
      """
      relay:
        listen: ["/ip4/127.0.0.1/tcp/0"]
        reachability: { mode: public }
        service: { mode: "on" }
      """;

  @TempDir Path dir;

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private CommandLine.Outcome ask(GatewayFixture gateway, String... words) {
    List<String> all = new ArrayList<>(List.of("relay"));
    all.addAll(List.of(words));
    all.addAll(List.of("--control", "unix:" + gateway.controlSocket()));
    return CommandLine.run(dir, all.toArray(String[]::new));
  }

  private static JsonNode document(CommandLine.Outcome outcome) {
    assertThat(outcome.exit()).as(outcome.err()).isZero();
    return JSON.readTree(outcome.out());
  }

  private static void isError(CommandLine.Outcome outcome, int exit) {
    assertThat(outcome.exit()).as(outcome.out() + outcome.err()).isEqualTo(exit);
    JsonNode error = JSON.readTree(outcome.out()).path("error");
    assertThat(error.path("code").asString("")).isNotEmpty();
    assertThat(error.path("message").asString("")).isNotEmpty();
  }

  @Test
  void aRunningNodeIsAsked() throws Exception {
    try (var relay = GatewayFixture.start(RELAY)) {
      String peer = node(relay).host().id().toString();
      String at = node(relay).host().listening().getFirst() + "/p2p/" + peer;
      String hiding =
          "relay: { reachability: { mode: private }, auto: { static: [\"" + at + "\"] } }\n";
      try (var hidden = GatewayFixture.start(hiding)) {
        await()
            .atMost(WITHIN)
            .until(() -> node(hidden).finder().orElseThrow().report().held() == 1);
        JsonNode status = document(ask(hidden, "status", "--json"));
        assertThat(status.path("schema").asString("")).isEqualTo("fairlead.relay/1");
        assertThat(status.path("peer_id").asString(""))
            .isEqualTo(node(hidden).host().id().toString());
        assertThat(ask(hidden, "status").out())
            .contains(
                "peer          ", "reachability  private", "relay         " + peer + "  held");
        assertThat(document(ask(hidden, "find", "--json")).path("schema").asString(""))
            .isEqualTo("fairlead.relay/1");
        assertThat(document(ask(hidden, "reserve", at, "--json")).path("schema").asString(""))
            .isEqualTo("fairlead.relay.reserved/1");
        assertThat(ask(hidden, "reserve", at).out()).isEqualTo("reserved on " + peer + "\n");
        JsonNode ping = document(ask(hidden, "ping", peer, "--json"));
        assertThat(ping.path("schema").asString("")).isEqualTo("fairlead.relay.ping/1");
        assertThat(ping.path("rtt_seconds").asDouble(0)).isPositive();

        for (String wrong : List.of("nonsense", "/ip4/127.0.0.1/tcp/1", peer)) {
          isError(ask(hidden, "reserve", wrong, "--json"), 64);
        }
        isError(ask(hidden, "ping", "nonsense", "--json"), 64);
        isError(ask(hidden, "ping", "/ip4/127.0.0.1/tcp/1", "--json"), 64);
        isError(ask(hidden, "reserve", "--json"), 64);
        isError(ask(hidden, "ping", "--json"), 64);
        isError(ask(hidden, "status", "more", "--json"), 64);
        isError(ask(hidden, "ping", "/ip4/127.0.0.1/tcp/1/p2p/" + peer + "x", "--json"), 64);
        String nobody = RelayNode.identity(dir.resolve("nobody.key")).peerId().toString();
        isError(ask(hidden, "ping", nobody, "--json"), 75);
        isError(ask(hidden, "reserve", "/ip4/127.0.0.1/tcp/1/p2p/" + nobody, "--json"), 75);
      }
    }
  }

  @Test
  void whereThereIsNoNodeOrNoGateway() throws Exception {
    try (var plain =
        GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }")) {
      JsonNode status = document(ask(plain, "status", "--json"));
      assertThat(status.path("enabled").asBoolean(true)).isFalse();
      assertThat(ask(plain, "status").out()).startsWith("no libp2p node");
      isError(ask(plain, "find", "--json"), 1);
      isError(
          ask(plain, "ping", "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA", "--json"), 1);
    }
    String nowhere = "unix:" + dir.resolve("no.sock");
    for (String verb : List.of("status", "find")) {
      isError(CommandLine.run(dir, "relay", verb, "--json", "--control", nowhere), 69);
    }
  }

  @Test
  void keysAreMadeForTheirOwnerOnlyAndNeverOverAnother() throws Exception {
    CommandLine.Outcome made = CommandLine.run(dir, "relay", "key", "new", "--json");
    JsonNode shown = document(made);
    assertThat(shown.path("schema").asString("")).isEqualTo("fairlead.relay.id/1");
    Path file = dir.resolve("state/identity.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
    String peer = shown.path("peer_id").asString("");
    assertThat(CommandLine.run(dir, "relay", "id").out()).isEqualTo(peer + "\n");
    assertThat(RelayNode.identity(file).peerId().toString()).isEqualTo(peer);
    byte[] before = Files.readAllBytes(file);
    isError(CommandLine.run(dir, "relay", "key", "new", "--json"), 73);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);

    CommandLine.Outcome folder = CommandLine.run(dir, "relay", "key", "new", "none/a.key");
    assertThat(folder.exit()).isEqualTo(73);
    assertThat(folder.err()).contains(dir.resolve("none") + ": no such folder");
    isError(CommandLine.run(dir, "relay", "id", "none.key", "--json"), 66);
    Files.writeString(dir.resolve("text.key"), "no key");
    isError(CommandLine.run(dir, "relay", "id", "text.key", "--json"), 65);
    isError(CommandLine.run(dir, "relay", "id", "a", "b", "--json"), 64);
    isError(CommandLine.run(dir, "relay", "key", "old", "--json"), 64);
  }

  @Test
  void whatWouldRunIsShown() {
    CommandLine.Outcome shown =
        CommandLine.run(
            dir,
            "relay",
            "node",
            "--listen",
            "/ip4/127.0.0.1/tcp/0",
            "--private",
            "--identity",
            "my.key",
            "--relay",
            "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
            "--print-config");
    assertThat(shown.exit()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("mode: private", "my.key", "static:", "/ip4/127.0.0.1/tcp/0");
    assertThat(Files.exists(dir.resolve("my.key"))).isFalse();
  }

  @Test
  void aNodeThatCannotBeIsToldByTheExitCode() {
    for (String[] wrong :
        new String[][] {
          {"--listen", "nonsense"},
          {"--listen", "/ip4/127.0.0.1/tcp/0", "--relay", "/ip4/192.0.2.1/tcp/4001"}
        }) {
      List<String> words = new ArrayList<>(List.of("relay", "node"));
      words.addAll(List.of(wrong));
      CommandLine.Outcome refused = CommandLine.run(dir, words.toArray(String[]::new));
      assertThat(refused.exit()).as(refused.err()).isIn(64, 65);
      assertThat(refused.err()).contains("multiaddr");
    }
  }
}
