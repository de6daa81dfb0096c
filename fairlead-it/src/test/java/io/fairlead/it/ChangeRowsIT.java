package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each kind of change, and what it does to four who are there when it comes: the listening socket,
 * an idle connection, a request that is being answered, and a stream.
 */
class ChangeRowsIT {
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final Duration SOON = Duration.ofSeconds(10);

  /** What becomes of one of them. */
  enum Fate {
    KEPT,
    ENDS
  }

  /** A row: what is changed in the text, and the fates. */
  enum Row {
    ROUTE_CHANGED(text -> text.replace("body: one", "body: two"), Fate.KEPT, Fate.KEPT, Fate.KEPT),
    HEADER_CHANGED(
        text ->
            text.replace(
                "default: true", "default: true\n    headers: { response: { set: { X-Row: b } } }"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT),
    LIMIT_CHANGED(
        text -> text.replace("default: true", "default: true\n    limits: { body: 1MiB }"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT),
    LOG_CHANGED(text -> text + "logs: { level: warn }\n", Fate.KEPT, Fate.KEPT, Fate.KEPT),
    ROUTE_REMOVED(
        text -> text.replaceAll("(?m)^ +- \\{ id: (slow|stream).*\n", ""),
        Fate.KEPT,
        Fate.KEPT,
        Fate.ENDS),
    ENDPOINT_ADDED(
        text -> text.replace("\" } ] }", "\" }, { url: \"http://127.0.0.9:9\", weight: 2 } ] }"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT),
    ENDPOINT_WEIGHT(
        text -> text.replace("\" } ] }", "\", weight: 7 } ] }"), Fate.KEPT, Fate.KEPT, Fate.KEPT),
    ENDPOINT_REMOVED(
        text -> text.replaceAll("http://127.0.0.1:\\d+", "http://127.0.0.9:9"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.ENDS),
    UPSTREAM_PROTOCOL(
        text -> text.replace("{ endpoints:", "{ protocol: h1, endpoints:"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT),
    LISTENER_REMOVED(text -> text.replace("  web:", "  other:"), Fate.ENDS, Fate.KEPT, Fate.ENDS),
    LISTENER_MOVED(
        text -> text.replace("bind: \"127.0.0.1:0\"", "bind: \"127.0.0.2:0\""),
        Fate.ENDS,
        Fate.KEPT,
        Fate.ENDS),
    LISTENER_LIMITS(
        text -> text.replace("service: site }", "service: site, limits: { connections: 50 } }"),
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT),
    PROCESS_LIMITS(
        text -> text + "limits: { connections: 500, memory: 40% }\n",
        Fate.KEPT,
        Fate.KEPT,
        Fate.KEPT);

    private final UnaryOperator<String> change;
    private final Fate idle;
    private final Fate request;
    private final Fate stream;

    Row(UnaryOperator<String> change, Fate idle, Fate request, Fate stream) {
      this.change = change;
      this.idle = idle;
      this.request = request;
      this.stream = stream;
    }
  }

  private RecordingServer origin;
  private GatewayFixture far;
  private final CountDownLatch answer = new CountDownLatch(1);

  @BeforeEach
  void startOrigins() throws Exception {
    origin =
        RecordingServer.start(
            conversation -> {
              conversation.readRequest();
              conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi");
              if (answer.await(30, TimeUnit.SECONDS)) conversation.send("ne");
            });
    far = GatewayFixture.start("listeners: { echo: { bind: \"127.0.0.1:0\", proto: echo } }");
  }

  @AfterEach
  void stopOrigins() throws IOException {
    answer.countDown();
    far.close();
    origin.close();
  }

  @ParameterizedTest
  @EnumSource
  void doesThisToThoseWhoAreThere(Row row) throws Exception {
    String before = site();
    String after = row.change.apply(before);
    assertThat(after).as("the row changes something").isNotEqualTo(before);
    try (var gateway = GatewayFixture.start(before);
        RawClient idle = gateway.client("web");
        RawClient request = gateway.client("web");
        RawClient stream = gateway.client("web")) {
      int port = gateway.port("web");
      Set<Long> inodes = ListeningSockets.inodes(port);
      idle.timeout(SOON).send(GET).readResponse();
      request.timeout(SOON).send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").readUntil("fi");
      open(stream);
      apply(gateway, after);

      if (row.idle == Fate.KEPT) {
        assertThat(ListeningSockets.inodes(port)).as("socket").isEqualTo(inodes);
        assertThat(idle.send(GET).readResponse().status()).as("idle").isEqualTo(200);
      } else {
        await().atMost(SOON).until(() -> !ListeningSockets.inodes(port).equals(inodes));
        idle.drainToEnd();
      }
      judge(row.stream, stream);
      answer.countDown();
      assertThat(row.request).isEqualTo(Fate.KEPT);
      assertThat(request.readUntil("ne")).as("request").isEqualTo("ne");
    }
  }

  @Test
  void otherThreadsOrTransportAreAWarningAndNothingElse() throws Exception {
    try (var gateway = GatewayFixture.start(site());
        RawClient idle = gateway.client("web")) {
      Set<Long> inodes = ListeningSockets.inodes(gateway.port("web"));
      idle.timeout(SOON).send(GET).readResponse();
      GatewayFixture.replace(
          gateway.configFile(),
          GatewayFixture.whole(gateway.dir(), site())
              .replace("runtime: {", "runtime: { event_loops: 3, transport: nio,"));
      Response answered = gateway.api().post("/v1/reload");
      assertThat(answered.status()).as(answered.text()).isEqualTo(200);
      assertThat(answered.text()).contains("W3401", "/runtime/event_loops", "/runtime/transport");
      assertThat(idle.send(GET).readResponse().status()).isEqualTo(200);
      assertThat(ListeningSockets.inodes(gateway.port("web"))).isEqualTo(inodes);
    }
  }

  @Test
  void aStricterTlsPolicyAsksIdleOnesToLeaveAndRechecksStreams() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    String loose =
        site().replace("service: site }", "service: site, tls: { cert: site } }")
            + "certs: { site: { files: { cert: \"@DIR@/site.crt\", key: \"@DIR@/site.key\" } } }\n";
    String strict = loose.replace("{ cert: site }", "{ cert: site, min_version: \"1.3\" }");
    try (var gateway = GatewayFixture.start(dir, loose)) {
      int port = gateway.port("web");
      Set<Long> inodes = ListeningSockets.inodes(port);
      try (TlsTalk idle = TlsTalk.open(port, "TLSv1.3");
          TlsTalk request = TlsTalk.open(port, "TLSv1.2");
          TlsTalk old = TlsTalk.open(port, "TLSv1.2");
          TlsTalk recent = TlsTalk.open(port, "TLSv1.3")) {
        assertThat(idle.ask(GET)).contains("one");
        request.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        request.readUntil("fi");
        for (TlsTalk stream : List.of(old, recent)) {
          stream.send(UPGRADE);
          assertThat(stream.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
          stream.send(PING);
          stream.readUntil("x");
        }
        apply(gateway, strict);
        assertThat(ListeningSockets.inodes(port)).isEqualTo(inodes);
        idle.awaitEnd();
        old.awaitEnd();
        recent.send(PING);
        recent.readUntil("x");
        answer.countDown();
        assertThat(request.readUntil("ne")).isEqualTo("ne");
      }
      try (TlsTalk kept = TlsTalk.open(port, "TLSv1.3")) {
        assertThat(kept.ask(GET)).contains("one");
        Pem.selfMade(dir, "next");
        apply(gateway, strict.replace("site.crt", "next.crt").replace("site.key", "next.key"));
        assertThat(kept.ask(GET)).as("another certificate is no other policy").contains("one");
        assertThat(kept.ask(GET)).contains("one");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Fate.class)
  void whoLostHisRightFinishesHisRequestUnlessCutIsAskedFor(Fate fate) throws Exception {
    String revoke = fate == Fate.ENDS ? "revoke: cut" : "";
    Map<String, String> both = Map.of("alice", "a", "bob", "b");
    try (var gateway = GatewayFixture.start(proxy(both, revoke, ""));
        RawClient alice = gateway.client("mixed");
        RawClient bob = gateway.client("mixed")) {
      ask(alice, "alice:a");
      ask(bob, "bob:b");
      apply(gateway, proxy(Map.of("bob", "b"), revoke, ""));
      if (fate == Fate.ENDS) alice.awaitEnd();
      answer.countDown();
      if (fate == Fate.KEPT) assertThat(alice.readUntil("ne")).isEqualTo("ne");
      assertThat(bob.readUntil("ne")).as("nobody else").isEqualTo("ne");
    }
  }

  @Test
  void anAccessRuleCutsRequestsUnderWayWhereThatIsAskedFor() throws Exception {
    Map<String, String> bob = Map.of("bob", "b");
    try (var gateway = GatewayFixture.start(proxy(bob, "revoke: cut", ""));
        RawClient client = gateway.client("mixed")) {
      ask(client, "bob:b");
      apply(gateway, proxy(bob, "revoke: cut", "timeouts: { handshake: 9s }"));
      assertThat(client.silentFor(Duration.ofMillis(200))).as("other settings").isTrue();
      apply(gateway, proxy(bob, "revoke: cut", "acl: [{ deny: { user: bob } }]"));
      client.awaitEnd();
      assertThat(gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text())
          .contains("fairlead_connections_closed_total{reason=\"cut\"} 1");
    }
  }

  private static final String UPGRADE =
      "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  /** A WebSocket ping with an empty mask. */
  private static final String PING = "\u0089\u0081\0\0\0\0x";

  private static void open(RawClient stream) throws IOException {
    stream.timeout(SOON).send(UPGRADE);
    assertThat(stream.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 101");
    stream.send(PING).readUntil("x");
  }

  private static void judge(Fate fate, RawClient stream) throws IOException {
    if (fate == Fate.ENDS) {
      stream.drainToEnd();
      return;
    }
    // Longer than the drain of streams lasts here.
    assertThat(stream.silentFor(Duration.ofMillis(500))).isTrue();
    stream.send(PING).readUntil("x");
  }

  private void ask(RawClient client, String account) throws IOException {
    String credentials = Base64.getEncoder().encodeToString(account.getBytes());
    String target = "127.0.0.1:" + origin.port();
    client
        .timeout(SOON)
        .send(
            "GET http://%s/ HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic %s\r\n\r\n"
                .formatted(target, target, credentials));
    assertThat(client.readUntil("fi")).startsWith("HTTP/1.1 200");
  }

  private String site() {
    return """
    # quick
    listeners:
      web: { bind: "127.0.0.1:0", proto: http, service: site }
    http:
      site:
        default: true
        routes:
          - { id: slow, match: { path: /slow }, upstream: slow }
          - { id: stream, match: { path: /stream }, upstream: far, websocket: true }
          - { id: all, match: { path: /* }, respond: { status: 200, body: one } }
    upstreams:
      slow: { endpoints: [ { url: "http://127.0.0.1:%d" } ] }
      far: { endpoints: [ { url: "http://127.0.0.1:%d" } ] }
    """
        .formatted(origin.port(), far.port("echo"));
  }

  private static String proxy(Map<String, String> users, String revoke, String more) {
    StringBuilder accounts = new StringBuilder();
    users.forEach((name, word) -> accounts.append(name + ": !secret " + word + ", "));
    return """
    listeners: { mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
    forward:
      egress:
        auth: { users: { %s } }
        destinations: { private: allow, allow: ["127.0.0.1"] }
        %s
        %s
    """
        .formatted(accounts, revoke, more);
  }

  private static void apply(GatewayFixture gateway, String yaml) throws IOException {
    gateway.replaceConfig(yaml);
    Response answered = gateway.api().post("/v1/reload");
    assertThat(answered.status()).as(answered.text()).isEqualTo(200);
    assertThat(answered.text()).contains("\"unchanged\":false");
  }
}
