package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients and upstreams that misbehave, and a third party that must not notice. */
class BadInputIT {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String POISON = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

  private static RecordingServer upstream;
  private static RecordingServer silent;
  private static GatewayFixture gateway;
  private static Bystander bystander;

  @BeforeAll
  static void start() throws Exception {
    upstream = RecordingServer.start(BadInputIT::misbehave);
    silent = RecordingServer.start(RecordingServer.Conversation::readAll);
    java.nio.file.Path dir = java.nio.file.Files.createTempDirectory("fairlead-it");
    Pem.selfMade(dir, "site");
    gateway =
        GatewayFixture.start(
            dir,
            CONFIG
                .replace("@UP@", Integer.toString(upstream.port()))
                .replace("@SILENT@", Integer.toString(silent.port()))
                .replace("@DEAD@", Integer.toString(NginxOrigin.freePort())));
    bystander =
        Bystander.start(
            gateway.port("web"), "GET /fine HTTP/1.1\r\nHost: bystander.test\r\n\r\n", "ok");
  }

  @AfterAll
  static void stop() throws Exception {
    if (bystander != null) bystander.close();
    if (gateway != null) gateway.close();
    if (silent != null) silent.close();
    if (upstream != null) upstream.close();
  }

  @AfterEach
  void nobodyElseNoticed() {
    bystander.assertUndisturbed();
  }

  // --- too much ---------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"web", "mixed"})
  void anOverlongRequestLineIs414(String listener) throws Exception {
    assertRefused(
        listener,
        414,
        "GET " + target(listener, "/" + "a".repeat(9000)) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"web", "mixed"})
  void anOversizeFieldOrHeadOrTooManyFieldsAre431(String listener) throws Exception {
    String start = "GET " + target(listener, "/fine") + " HTTP/1.1\r\nHost: " + host() + "\r\n";
    assertRefused(listener, 431, start + "X-A: " + "a".repeat(17 << 10) + "\r\n\r\n");
    assertRefused(listener, 431, start + ("X-A: " + "a".repeat(8000) + "\r\n").repeat(5) + "\r\n");
    assertRefused(listener, 431, start + "X-A: a\r\n".repeat(150) + "\r\n");
  }

  @Test
  void aBodyAboveTheBoundIs413BeforeAnythingIsSentUpstream() throws Exception {
    int before = requestsSeen("/small/cl");
    assertRefused("web", 413, "POST /small/cl HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n");
    assertThat(requestsSeen("/small/cl")).isEqualTo(before);
    assertRefused(
        "web",
        413,
        "POST /small/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + ("200\r\n" + "a".repeat(512) + "\r\n").repeat(4)
            + "0\r\n\r\n");
    assertThat(requestsSeen("/small/chunked")).as("never completed upstream").isZero();
  }

  // --- too slow ---------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"hasty", "hasty_mixed"})
  void aHeadThatDribblesIs408(String listener) throws Exception {
    try (RawClient client = gateway.client(listener)) {
      client.send("GET http://" + host() + "/ HTTP/1.1\r\nHost: " + host() + "\r\nX-A:");
      StrictHttpParser.Response answer = client.readResponse();
      assertThat(answer.status()).isEqualTo(408);
      client.awaitEnd();
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosedInTime() throws Exception {
    for (String listener : List.of("hasty", "hasty_mixed")) {
      try (RawClient client = gateway.client(listener)) {
        client.drainToEnd();
      }
    }
  }

  @Test
  void aBodyThatStopsIs408AndNeverCompletedUpstream() throws Exception {
    try (RawClient client = gateway.client("hasty")) {
      client.send("POST /stalled HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
      assertThat(client.readResponse().status()).isEqualTo(408);
      client.awaitEnd();
    }
    assertThat(requestsSeen("/stalled")).isZero();
  }

  // --- upstreams that are gone, slow or broken
  // ----------------------------------------------------

  @Test
  void aDeadUpstreamIs502AndNoneAtAllIs503() throws Exception {
    StrictHttpParser.Response dead = get("web", "/dead");
    assertThat(dead.status()).isEqualTo(502);
    assertThat(dead.field("X-Fairlead-Error"))
        .hasValueSatisfying(code -> assertThat(code).startsWith("upstream_"));
    StrictHttpParser.Response none = get("web", "/none");
    assertThat(none.status()).isEqualTo(503);
    assertThat(none.field("X-Fairlead-Error")).contains("no_endpoint");
    assertThat(none.field("Retry-After")).isPresent();
    try (RawClient client = gateway.client("mixed")) {
      int port = NginxOrigin.freePort();
      String authority = "127.0.0.1:" + port;
      StrictHttpParser.Response refused =
          client
              .send("GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
              .readResponse();
      assertThat(refused.status()).isEqualTo(502);
      refused =
          client
              .send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
              .readResponse();
      assertThat(refused.status()).isEqualTo(502);
    }
  }

  @Test
  void anUpstreamThatNeverAnswersIs504() throws Exception {
    StrictHttpParser.Response answer = get("web", "/silent");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.field("X-Fairlead-Error")).contains("upstream_timeout");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenResponses")
  void anUpstreamThatBreaksTheFramingIs502(String name) throws Exception {
    for (String listener : List.of("web", "mixed")) {
      StrictHttpParser.Response answer = get(listener, "/broken/" + name);
      assertThat(answer.status()).as(listener + ": " + answer.text()).isEqualTo(502);
    }
  }

  static List<String> brokenResponses() {
    return List.of(
        "no-http",
        "two-lengths",
        "length-and-coding",
        "bad-name",
        "bare-lf",
        "fold",
        "gzip-coding",
        "switching",
        "huge-head",
        "endless-1xx",
        "closes-at-once",
        "closes-in-head");
  }

  private static String broken(String name) {
    return switch (name) {
      case "no-http" -> "SSH-2.0-OpenSSH\r\n\r\n";
      case "two-lengths" -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc";
      case "length-and-coding" ->
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
      case "bad-name" -> "HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n";
      case "bare-lf" -> "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";
      case "fold" -> "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok";
      case "gzip-coding" -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc";
      case "switching" ->
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
      case "huge-head" -> "HTTP/1.1 200 OK\r\nX-A: " + "a".repeat(70_000) + "\r\n\r\n";
      case "endless-1xx" -> "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(40) + OK;
      case "closes-at-once" -> "";
      case "closes-in-head" -> "HTTP/1.1 200 OK\r\nContent-Le";
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"after-length", "after-chunks", "after-204", "after-head", "unasked"})
  void bytesAfterAResponseNeverReachTheNextRequest(String kind) throws Exception {
    try (RawClient client = gateway.client("web")) {
      for (int round = 0; round < 10; round++) {
        String method = kind.equals("after-head") ? "HEAD" : "GET";
        // Once a request is out, nobody can tell an answer to it from one that nobody asked for:
        // what counts is that a connection that spoke while idle is gone.
        boolean unasked = kind.equals("unasked");
        if (unasked) bystander.pause();
        try {
          client.send(method + " /extra/" + kind + " HTTP/1.1\r\nHost: x\r\n\r\n");
          StrictHttpParser.Response first = client.readResponse(method);
          assertThat(first.status()).isIn(200, 204, 502);
          assertThat(first.text()).doesNotContain("poison");
          if (unasked) awaitAllThatSpokeUnaskedAreOver();
        } finally {
          if (unasked) bystander.goOn();
        }
        client.send("GET /fine HTTP/1.1\r\nHost: x\r\n\r\n");
        StrictHttpParser.Response next = client.readResponse();
        assertThat(next.status()).isEqualTo(200);
        assertThat(next.text()).isEqualTo("ok");
      }
    }
  }

  private static void awaitAllThatSpokeUnaskedAreOver() {
    upstream.conversations().stream()
        .filter(conversation -> conversation.receivedText().contains("/extra/unasked"))
        .forEach(RecordingServer.Conversation::awaitOver);
  }

  @Test
  void aResponseThatStopsInTheMiddleIsNeverMadeToLookWhole() throws Exception {
    for (String path : List.of("/cut/length", "/cut/chunks")) {
      try (RawClient client = gateway.client("web")) {
        client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        String head = client.readUntil("\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 200");
        String rest = new String(readToTheEnd(client), ISO_8859_1);
        assertThat(rest).contains("half").doesNotContain("0\r\n\r\n");
      }
    }
  }

  // --- the wrong language
  // -------------------------------------------------------------------------

  @Test
  void tlsOnAPlainPortIsToldSoInPlainText() throws Exception {
    byte[] hello =
        HexFormat.of()
            .parseHex("16030100" + "2f" + "0100002b0303" + "00".repeat(32) + "000002130101000000");
    try (RawClient client = gateway.client("web")) {
      StrictHttpParser.Response answer = client.send(hello).readResponse();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("speaks HTTP, not HTTPS");
      client.awaitEnd();
    }
    try (RawClient client = gateway.client("mixed")) {
      client.send(hello).awaitEnd();
    }
  }

  @Test
  void httpOnATlsPortIsToldSoInPlainText() throws Exception {
    try (RawClient client = gateway.client("websec")) {
      StrictHttpParser.Response answer =
          client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains("HTTPS");
      client.awaitEnd();
    }
    try (RawClient client = gateway.client("websec")) {
      client.send(new byte[] {0, 1, 2, 3, 4, 5, 6, 7}).drainToEnd();
    }
  }

  @Test
  void aHundredRudeConnectionsChangeNothingForTheNext() throws Exception {
    for (int i = 0; i < 100; i++) {
      RawClient client = gateway.client(i % 2 == 0 ? "web" : "mixed");
      client.send("POST " + target(i % 2 == 0 ? "web" : "mixed", "/fine") + " HTTP/1.1\r\n");
      if (i % 3 == 0) client.reset();
      else client.close();
    }
    assertThat(get("web", "/fine").text()).isEqualTo("ok");
  }

  // --- the upstream
  // -------------------------------------------------------------------------------

  private static void misbehave(RecordingServer.Conversation conversation) throws Exception {
    for (var request = conversation.readRequest();
        request.isPresent();
        request = conversation.readRequest()) {
      String target = request.get().target();
      if (target.startsWith("/broken/")) {
        conversation.send(broken(target.substring("/broken/".length())));
        return;
      }
      switch (target) {
        case "/extra/after-length" -> conversation.send(OK + POISON);
        case "/extra/after-chunks" ->
            conversation.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
                    + POISON);
        case "/extra/after-204" -> conversation.send("HTTP/1.1 204 No Content\r\n\r\n" + POISON);
        case "/extra/after-head" ->
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n" + POISON);
        case "/extra/unasked" -> {
          conversation.send(OK);
          conversation.send(POISON);
        }
        case "/cut/length" -> {
          conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          return;
        }
        case "/cut/chunks" -> {
          conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
          return;
        }
        default -> conversation.send(OK);
      }
    }
  }

  private static int requestsSeen(String target) {
    return (int)
        upstream.requests().stream().filter(request -> request.target().equals(target)).count();
  }

  private static void assertRefused(String listener, int status, String request)
      throws IOException {
    try (RawClient client = gateway.client(listener)) {
      StrictHttpParser.Response answer = client.send(request).readResponse();
      assertThat(answer.status()).as(answer.text()).isEqualTo(status);
      assertThat(answer.field("Connection")).contains("close");
      assertThat(answer.field("X-Fairlead-Error")).isPresent();
      client.timeout(Duration.ofSeconds(5)).awaitEnd();
    }
  }

  private static StrictHttpParser.Response get(String listener, String path) throws IOException {
    try (RawClient client = gateway.client(listener)) {
      StrictHttpParser.Response answer =
          client
              .send("GET " + target(listener, path) + " HTTP/1.1\r\nHost: " + host() + "\r\n\r\n")
              .readResponse();
      while (answer.status() < 200) answer = client.readResponse();
      return answer;
    }
  }

  private static byte[] readToTheEnd(RawClient client) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try {
      for (int b = client.read(); b >= 0; b = client.read()) bytes.write(b);
    } catch (java.net.SocketException reset) {
      // A reset is as good an end as any for a response that could not be completed.
    }
    return bytes.toByteArray();
  }

  private static String target(String listener, String path) {
    return listener.equals("mixed") ? "http://" + host() + path : path;
  }

  private static String host() {
    return "127.0.0.1:" + upstream.port();
  }

  private static final String CONFIG =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      certs:
        site: { files: { cert: "@DIR@/site.crt", key: "@DIR@/site.key" } }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        websec: { bind: "127.0.0.1:0", proto: http, service: site, tls: { cert: site } }
        hasty: { bind: "127.0.0.1:0", proto: http, service: hasty }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        hasty_mixed: { bind: "127.0.0.1:0", proto: mixed, service: hasty }
      forward:
        egress: { destinations: { private: allow, connect_ports: all } }
        hasty:
          destinations: { private: allow, connect_ports: all }
          timeouts: { detect: 500ms, handshake: 500ms }
      http:
        site:
          default: true
          routes:
            - { id: dead, match: { path: /dead }, upstream: dead }
            - { id: none, match: { path: /none }, upstream: none }
            - { id: silent, match: { path: /silent }, upstream: silent }
            - { id: small, match: { path: /small/* }, upstream: up, limits: { body: 1k } }
            - { id: rest, match: { path: /* }, upstream: up }
        hasty:
          default: true
          timeouts: { header: 500ms, first_request: 500ms, body_idle: 500ms }
          routes: [ { id: rest, match: { path: /* }, upstream: up } ]
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
        dead: { endpoints: [ { url: "http://127.0.0.1:@DEAD@" } ] }
        none: { endpoints: [] }
        silent:
          endpoints: [ { url: "http://127.0.0.1:@SILENT@" } ]
          timeouts: { response_header: 300ms }
      """;
}
