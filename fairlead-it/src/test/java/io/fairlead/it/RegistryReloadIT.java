package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A reload that changes who may use the gateway, and by which list. */
class RegistryReloadIT {
  private static String hash;

  @BeforeAll
  static void hashOnePassword() throws Exception {
    try (Proc openssl =
        Proc.start(
            Peers.require("openssl").toString(), "passwd", "-6", "-salt", "fairlead", "pw")) {
      openssl.awaitExit(Duration.ofSeconds(20));
      hash = openssl.stdout().strip();
    }
  }

  @Test
  void aStaticListThatLosesAUserCutsHisTunnelAndNobodyElses() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(folder(), config(STATIC.formatted(ALICE + BOB)))) {
      await().until(() -> state(gateway).equals(Optional.of(TargetState.IN_SYNC)));
      try (RawClient alice = tunnel(gateway, "alice", far.port("echo"));
          RawClient bob = tunnel(gateway, "bob", far.port("echo"))) {
        reload(gateway, STATIC.formatted(BOB));
        alice.timeout(Duration.ofSeconds(5)).awaitEnd();
        assertThat(connect(gateway, "alice", far.port("echo")).status()).isEqualTo(403);
        echo(bob);
        reload(gateway, STATIC.formatted(BOB + ALICE));
        await().until(() -> connect(gateway, "alice", far.port("echo")).status() == 200);
        echo(bob);
      }
    }
  }

  @Test
  void aListThatComesGovernsAndOneThatGoesGovernsNobody() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(folder(), config(""))) {
      int port = far.port("echo");
      assertThat(connect(gateway, "alice", port).status()).isEqualTo(200);
      reload(gateway, STATIC.formatted(ALICE.replace("active", "revoked") + BOB));
      await().until(() -> state(gateway).equals(Optional.of(TargetState.IN_SYNC)));
      assertThat(connect(gateway, "alice", port).status()).isEqualTo(403);
      try (RawClient bob = tunnel(gateway, "bob", port)) {
        reload(gateway, "");
        assertThat(state(gateway)).isEmpty();
        assertThat(connect(gateway, "alice", port).status()).isEqualTo(200);
        assertThat(connect(gateway, "bob", port).status()).isEqualTo(200);
        echo(bob);
      }
    }
  }

  @Test
  void whatDidNotChangeRunsOn() throws Exception {
    try (var far = GatewayFixture.start(ECHO);
        var gateway = GatewayFixture.start(folder(), config(STATIC.formatted(ALICE + BOB)))) {
      await().until(() -> state(gateway).equals(Optional.of(TargetState.IN_SYNC)));
      TargetStatus before = gateway.gateway().registry().target("users").orElseThrow();
      try (RawClient bob = tunnel(gateway, "bob", far.port("echo"))) {
        reload(gateway, "  interval: 1s\n" + STATIC.formatted(ALICE + BOB));
        gateway.gateway().registry().sync(Optional.empty(), Duration.ofSeconds(5));
        TargetStatus after = gateway.gateway().registry().target("users").orElseThrow();
        assertThat(after.since()).isEqualTo(before.since());
        echo(bob);
      }
    }
  }

  private static Optional<TargetState> state(GatewayFixture gateway) {
    return gateway.gateway().registry().target("users").map(TargetStatus::state);
  }

  private static void reload(GatewayFixture gateway, String registry) throws Exception {
    gateway.replaceConfig(config(registry));
    assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
  }

  private static Path folder() throws IOException {
    Path dir = Files.createTempDirectory("fairlead-it");
    Files.writeString(dir.resolve("users"), "alice:" + hash + "\nbob:" + hash + "\n");
    return dir;
  }

  private static RawClient tunnel(GatewayFixture gateway, String user, int port)
      throws IOException {
    RawClient client = RawClient.connect(gateway.port("mixed"));
    client.send(connectHead(user, port));
    assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
    return client;
  }

  private static StrictHttpParser.Response connect(GatewayFixture gateway, String user, int port)
      throws IOException {
    try (RawClient client = RawClient.connect(gateway.port("mixed"))) {
      return client.send(connectHead(user, port)).readResponse("CONNECT");
    }
  }

  private static String connectHead(String user, int port) {
    String credentials =
        Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
    return "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\n\r\n"
        .formatted(port, credentials);
  }

  private static void echo(RawClient client) throws IOException {
    byte[] ping = {(byte) 0xF0, 1, 2, 3};
    assertThat(client.send(ping).readExactly(4)).isEqualTo(ping);
  }

  private static final String ECHO = "listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }";
  private static final String ALICE = "      - { user: alice, status: active }\n";
  private static final String BOB = "      - { user: bob, status: active }\n";

  private static final String STATIC =
      """
        sources:
        - name: main
          type: static
          entries:
      %s\
        targets:
        - name: users
          kind: proxy_users
          source: main
          policy: mirror
          first_sync: auto
          rails: { max_remove: 100%%, hold_down: 0s }
      """;

  private static String config(String registry) {
    return (registry.isEmpty() ? "" : "registry:\n" + registry)
        + """
        listeners:
          mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        forward:
          egress:
            auth: { users_file: "@DIR@/users" }
            destinations: { private: allow, connect_ports: all }
        """;
  }
}
