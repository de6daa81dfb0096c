package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A decision about one request, tunnel or web socket of an HTTP/2 connection ends that one by a
 * reset; the connection and what else it carries goes on.
 */
class Http2CutIT {
  private static final int CANCEL = 8;
  private static final String PROXY =
      """
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress, h2c: true }
      forward:
        egress:
          destinations: { private: allow, connect_ports: all }
          revoke: cut
          acl: [@ACL@]
      """;
  private static final String SITE =
      """
      registry:
        sources: [ { name: main, type: file, path: "@DIR@/list" } ]
        targets:
          - { name: web, kind: upstream, upstream: app, source: main, policy: mirror, first_sync: auto }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
        echo: { bind: "127.0.0.1:0", proto: echo }
      http:
        site:
          default: true
          routes:
            - { match: { path: /here }, respond: { status: 200, body: here } }
            - { match: { path: /* }, upstream: app, websocket: true }
      upstreams:
        app: { endpoints: [ { address: "127.0.0.1:1" } ] }
      """;

  @TempDir Path dir;

  private static GatewayFixture proxy(String rule) throws Exception {
    return GatewayFixture.start(PROXY.replace("@ACL@", rule));
  }

  private static void deny(GatewayFixture gateway, int port) throws Exception {
    gateway.replaceConfig(
        PROXY.replace("@ACL@", "{ deny: { destination: 127.0.0.1, port: " + port + " } }"));
    assertThat(gateway.api().send("POST", "/v1/reload", "").status()).isEqualTo(200);
  }

  private static Http2Client client(GatewayFixture gateway, String listener) throws IOException {
    return Http2Client.connect(gateway.port(listener)).timeout(Duration.ofSeconds(30)).start();
  }

  private static RecordingServer echo() throws IOException {
    return RecordingServer.start(
        conversation -> {
          while (true) conversation.send(conversation.readExactly(1));
        });
  }

  @Test
  void oneTunnelOfSeveralIsCut() throws Exception {
    try (RecordingServer kept = echo();
        RecordingServer forbidden = echo();
        GatewayFixture gateway = proxy("");
        Http2Client client = client(gateway, "mixed")) {
      client.headers(1, false, ":method", "CONNECT", ":authority", "127.0.0.1:" + kept.port());
      client.headers(3, false, ":method", "CONNECT", ":authority", "127.0.0.1:" + forbidden.port());
      talk(client, 1);
      talk(client, 3);
      deny(gateway, forbidden.port());
      assertThat(client.response(3).resetCode()).isEqualTo(CANCEL);
      talk(client, 1);
      client.headers(5, false, ":method", "CONNECT", ":authority", "127.0.0.1:" + forbidden.port());
      assertThat(client.response(5).status()).isEqualTo(403);
      forbidden.conversation(0).awaitOver();
      assertThat(gateway.api().send("GET", "/v1/connections", "").text())
          .contains("\"listener\":\"mixed\"");
    }
  }

  @Test
  void oneRequestOfSeveralIsCut() throws Exception {
    try (RecordingServer silent = RecordingServer.start(conversation -> conversation.readAll());
        GatewayFixture gateway = proxy("");
        Http2Client client = client(gateway, "mixed")) {
      RecordingServer other =
          RecordingServer.http(request -> RecordingServer.response(200, "other"));
      try (other) {
        request(client, 1, silent.port());
        await().until(() -> !silent.conversations().isEmpty());
        deny(gateway, silent.port());
        assertThat(client.response(1).resetCode()).isEqualTo(CANCEL);
        request(client, 3, other.port());
        assertThat(client.response(3).text()).isEqualTo("other");
        silent.conversation(0).awaitOver();
      }
    }
  }

  /** Of two to the same server the one that stays is found when the other has ended. */
  @Test
  void aWebSocketEndsWithTheServersRight() throws Exception {
    Files.writeString(dir.resolve("list"), "");
    try (GatewayFixture gateway = GatewayFixture.start(dir, SITE);
        Http2Client client = client(gateway, "web")) {
      GatewayFixture.replace(dir.resolve("list"), "127.0.0.1:" + gateway.port("echo") + "\n");
      String echo = "127.0.0.1:" + gateway.port("echo");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> gateway.api().send("GET", "/v1/upstreams", "").text().contains(echo));
      webSocket(client, 1);
      webSocket(client, 3);
      client.data(1, true);
      assertThat(client.response(1).status()).isZero();
      GatewayFixture.replace(dir.resolve("list"), "# empty\n");
      var registry = gateway.gateway().registry();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> registry.target("web").orElseThrow().state() == TargetState.HOLD);
      String plan = registry.target("web").orElseThrow().open().orElseThrow().id();
      assertThat(registry.approve(plan, "test")).isTrue();
      assertThat(client.response(3).resetCode()).isEqualTo(CANCEL);
      assertThat(client.get(5, "/here").response(5).text()).isEqualTo("here");
    }
  }

  private static void webSocket(Http2Client client, int stream) throws IOException {
    client.headers(
        stream,
        false,
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "http",
        ":authority",
        "test",
        ":path",
        "/",
        "sec-websocket-version",
        "13");
    Http2Client.Frame head = client.await(Http2Client.HEADERS);
    assertThat(head.stream()).isEqualTo(stream);
    assertThat(head.has(Http2Client.END_STREAM)).isFalse();
  }

  private static void request(Http2Client client, int stream, int port) throws IOException {
    client.headers(
        stream,
        true,
        ":method",
        "GET",
        ":scheme",
        "http",
        ":authority",
        "127.0.0.1:" + port,
        ":path",
        "/");
  }

  /** A byte comes back. */
  private static void talk(Http2Client client, int stream) throws IOException {
    client.data(stream, false, "a");
    Http2Client.Frame answer = client.await(Http2Client.DATA);
    assertThat(answer.stream()).isEqualTo(stream);
  }
}
