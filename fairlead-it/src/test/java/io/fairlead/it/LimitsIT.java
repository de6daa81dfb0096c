package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One test for each row of the table in {@code docs/limits.md} that bounds what peers do, named
 * after the row; {@link LimitsTableTest} holds the two together.
 */
class LimitsIT {
  static final String HEAD = "GET / HTTP/1.1\r\nHost: a\r\n";

  @TempDir Path dir;

  private static String site(String more) {
    return """
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site }
        http:
          site:
            default: true
        """
        + more.indent(4)
        + """
            routes:
              - { id: all, match: { path: /* }, respond: { status: 200, body: fine } }
        """;
  }

  static String upstream(int port, String timeouts) {
    return """
        listeners:
          web: { bind: "127.0.0.1:0", proto: http, service: site }
        http:
          site:
            default: true
            routes: [ { id: all, match: { path: /* }, upstream: origin } ]
        upstreams:
          origin:
            endpoints: [ { url: "http://127.0.0.1:%d" } ]
            timeouts: { %s }
        """
        .formatted(port, timeouts);
  }

  private static String mixed(String more) {
    return """
        listeners:
          mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
        forward:
          egress: { modes: [http, connect, socks5], destinations: { private: allow, connect_ports: all } %s }
        """
        .formatted(more);
  }

  private static double rejections(GatewayFixture gateway, String limit) throws IOException {
    return OverloadIT.metric(
        gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text(),
        "fairlead_limit_rejections_total{limit=\"" + limit + "\"}");
  }

  private static double metric(GatewayFixture gateway, String name) throws IOException {
    return OverloadIT.metric(
        gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text(), name);
  }

  static void assertRejected(GatewayFixture gateway, String limit) {
    await().untilAsserted(() -> assertThat(rejections(gateway, limit)).as(limit).isPositive());
  }

  private static InetSocketAddress at(GatewayFixture gateway, String listener) {
    return new InetSocketAddress("127.0.0.1", gateway.port(listener));
  }

  static void assertStatus(RawClient client, String request, int status) throws IOException {
    StrictHttpParser.Response answer = client.send(request).readResponse();
    assertThat(answer.status()).isEqualTo(status);
  }

  // ---- connections ------------------------------------------------------------------------

  @Test
  void connections_of_the_process() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start("limits: { connections: 2 }\n" + site(""));
        RawClient first = gateway.client("web");
        RawClient second = gateway.client("web");
        RawClient third = gateway.client("web")) {
      assertStatus(first, HEAD + "\r\n", 200);
      assertStatus(second, HEAD + "\r\n", 200);
      third.send(HEAD + "\r\n");
      assertThat(third.silentFor(Duration.ofMillis(150))).isTrue();
      assertThat(metric(gateway, "fairlead_accept_paused")).isEqualTo(1);
      assertRejected(gateway, "connections");
      first.close();
      assertThat(third.readResponse().status()).isEqualTo(200);
      // A raised limit is enough, too.
      try (RawClient fourth = gateway.client("web")) {
        fourth.send(HEAD + "\r\n");
        assertThat(fourth.silentFor(Duration.ofMillis(50))).isTrue();
        gateway.replaceConfig("limits: { connections: off }\n" + site(""));
        assertThat(gateway.control("/reload").status()).isEqualTo(200);
        assertThat(fourth.readResponse().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void connections_of_one_source() throws Exception {
    try (GatewayFixture gateway =
            GatewayFixture.start("limits: { connections_per_ip: 1 }\n" + site(""));
        RawClient first = RawClient.connect("127.0.0.2", at(gateway, "web"))) {
      assertStatus(first, HEAD + "\r\n", 200);
      try (RawClient second = RawClient.connect("127.0.0.2", at(gateway, "web"));
          RawClient other = RawClient.connect("127.0.0.3", at(gateway, "web"))) {
        StrictHttpParser.Response refused = second.send(HEAD + "\r\n").readResponse();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.field("retry-after")).contains("1");
        assertStatus(other, HEAD + "\r\n", 200);
      }
      assertRejected(gateway, "connections_per_ip");
      gateway.replaceConfig("limits: { connections_per_ip: off }\n" + site(""));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      try (RawClient again = RawClient.connect("127.0.0.2", at(gateway, "web"))) {
        assertStatus(again, HEAD + "\r\n", 200);
      }
    }
  }

  @Test
  void new_connections_of_one_source() throws Exception {
    try (GatewayFixture gateway =
        GatewayFixture.start("limits: { new_connections_per_ip: 2/s }\n" + site(""))) {
      int served = 0;
      for (int i = 0; i < 12; i++) {
        try (RawClient client = RawClient.connect("127.0.0.4", at(gateway, "web"))) {
          assertStatus(client, HEAD + "\r\n", 200);
          served++;
        } catch (IOException closed) {
          // over the rate
        }
      }
      assertThat(served).isBetween(4, 8);
      assertRejected(gateway, "new_connections_per_ip");
    }
  }

  @Test
  void connections_of_a_listener() throws Exception {
    String yaml =
        site("").replace("service: site }", "service: site, limits: { connections: 1 } }");
    try (GatewayFixture gateway = GatewayFixture.start(yaml);
        RawClient first = gateway.client("web")) {
      assertStatus(first, HEAD + "\r\n", 200);
      try (RawClient second = gateway.client("web")) {
        assertStatus(second, HEAD + "\r\n", 503);
      }
      assertRejected(gateway, "listener_connections");
    }
  }

  @Test
  void connections_of_the_control_api() throws Exception {
    try (GatewayFixture gateway =
        GatewayFixture.start("limits: { connections: 1, connections_per_ip: 1 }\n" + site(""))) {
      List<RawClient> open = new ArrayList<>();
      try (RawClient only = gateway.client("web")) {
        assertStatus(only, HEAD + "\r\n", 200);
        // The limits of traffic do not hold here.
        for (int i = 0; i < 16; i++) {
          RawClient client = RawClient.connect(gateway.controlPort());
          open.add(client);
          assertStatus(client, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200);
        }
        try (RawClient over = RawClient.connect(gateway.controlPort())) {
          assertThat(over.readAllText()).startsWith("HTTP/1.1 503 ");
        }
      } finally {
        for (RawClient client : open) client.close();
      }
      await()
          .untilAsserted(() -> assertThat(rejections(gateway, "control_connections")).isPositive());
    }
  }

  @Test
  void tls_handshakes_and_their_time() throws Exception {
    Pem pair = Pem.selfMade(dir, "site");
    String yaml =
        site("").replace("service: site }", "service: site, tls: { cert: site } }")
            + "certs: { site: { files: { cert: %s, key: %s } } }\n"
                .formatted(pair.cert(), pair.key())
            + "limits: { tls_handshakes: 2, tls_handshake_timeout: 300ms }\n";
    try (GatewayFixture gateway = GatewayFixture.start(yaml);
        RawClient first = gateway.client("web");
        RawClient second = gateway.client("web");
        RawClient third = gateway.client("web")) {
      third.drainToEnd(); // two are under way
      assertRejected(gateway, "tls_handshakes");
      first.drainToEnd();
      second.drainToEnd();
      assertRejected(gateway, "tls_handshake_timeout");
    }
  }

  // ---- requests ---------------------------------------------------------------------------

  /** A bound of the head: its limit's key, the request that breaks it, status, meter. */
  record Row(String name, String limits, String request, int status, String meter) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> requests() {
    return Stream.of(
        new Row(
            "http_request_line",
            "request_line: 1k",
            "GET /" + "x".repeat(1200) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            414,
            "http_request_line"),
        new Row(
            "http_head",
            "head: 1k",
            HEAD + ("A: " + "x".repeat(90) + "\r\n").repeat(12) + "\r\n",
            431,
            "http_head"),
        new Row(
            "http_field",
            "field: 256",
            HEAD + "A: " + "x".repeat(300) + "\r\n\r\n",
            431,
            "http_field"),
        new Row(
            "http_fields", "fields: 8", HEAD + "A: b\r\n".repeat(8) + "\r\n", 431, "http_fields"),
        new Row(
            "http_body",
            "body: 10",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890",
            413,
            "http_body"));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void http_heads_and_bodies(Row row) throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(site("limits: { " + row.limits() + " }"))) {
      try (RawClient client = gateway.client("web")) {
        assertStatus(client, row.request(), row.status());
      }
      assertRejected(gateway, row.meter());
      String key = row.limits().substring(0, row.limits().indexOf(':'));
      gateway.replaceConfig(site("limits: { " + key + ": off }"));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      try (RawClient client = gateway.client("web")) { // new connections have the new bounds
        assertStatus(client, row.request(), 200);
      }
    }
  }

  @Test
  void http_head_time() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(site("timeouts: { header: 200ms }"));
        RawClient client = gateway.client("web")) {
      assertStatus(client, HEAD, 408);
      assertRejected(gateway, "http_head_time");
    }
  }

  @Test
  void http_first_request_and_keep_alive() throws Exception {
    try (GatewayFixture gateway =
            GatewayFixture.start(site("timeouts: { first_request: 200ms, keep_alive: 200ms }"));
        RawClient silent = gateway.client("web");
        RawClient idle = gateway.client("web")) {
      assertStatus(idle, HEAD + "\r\n", 200);
      assertThat(silent.awaitEnd()).isEqualTo(RawClient.End.EOF);
      assertThat(idle.awaitEnd()).isEqualTo(RawClient.End.EOF);
      assertRejected(gateway, "http_first_request");
      assertRejected(gateway, "http_keep_alive");
    }
  }

  @Test
  void http_body_idle_and_rate() throws Exception {
    try (RecordingServer origin = swallowing();
        GatewayFixture gateway =
            GatewayFixture.start(
                upstream(origin.port(), "response_header: 30s")
                    .replace(
                        "default: true", "default: true\n    timeouts: { body_idle: 200ms }"));
        RawClient client = gateway.client("web")) {
      assertStatus(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", 408);
      assertRejected(gateway, "http_body_time");
    }
  }

  @Test
  void http_chunk_extensions_and_trailers() throws Exception {
    try (RecordingServer origin = swallowing();
        GatewayFixture gateway = GatewayFixture.start(upstream(origin.port(), "connect: 5s"))) {
      String chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      try (RawClient client = gateway.client("web")) {
        assertStatus(client, chunked + "1;" + "x".repeat(1100) + "\r\na\r\n", 400);
      }
      assertRejected(gateway, "http_chunk_extensions");
      try (RawClient client = gateway.client("web")) {
        String trailers = ("T: " + "x".repeat(1000) + "\r\n").repeat(9);
        assertStatus(client, chunked + "1\r\na\r\n0\r\n" + trailers + "\r\n", 400);
      }
      assertRejected(gateway, "http_trailers");
    }
  }

  @Test
  void http_pipelined_requests() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RecordingServer origin =
            RecordingServer.http(
                _ -> {
                  waitFor(goOn);
                  return RecordingServer.response(200, "late");
                });
        GatewayFixture gateway =
            GatewayFixture.start(
                upstream(origin.port(), "response_header: 30s")
                    .replace(
                        "default: true", "default: true\n    limits: { pipelined_requests: 2 }"));
        RawClient client = gateway.client("web")) {
      String padded = HEAD + "X: " + "x".repeat(8000) + "\r\n\r\n";
      byte[] many = padded.repeat(2000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      int[] sent = {0};
      // It stops reading: what the two kernels hold is all that can be sent.
      await()
          .during(Duration.ofMillis(200))
          .until(
              () -> {
                int more = client.sendSome(many);
                sent[0] += more;
                return more == 0;
              });
      assertThat(metric(gateway, "fairlead_bytes_total{direction=\"received\"}"))
          .isLessThan(512 * 1024);
      assertRejected(gateway, "http_pipelined_requests");
      goOn.countDown();
      assertThat(client.readResponse().status()).isEqualTo(200);
    }
  }

  @Test
  void http_requests_of_a_connection() throws Exception {
    try (GatewayFixture gateway =
            GatewayFixture.start(site("limits: { requests_per_connection: 2 }"));
        RawClient client = gateway.client("web")) {
      assertThat(client.send(HEAD + "\r\n").readResponse().field("connection")).isEmpty();
      assertThat(client.send(HEAD + "\r\n").readResponse().field("connection")).contains("close");
      assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
      assertRejected(gateway, "http_requests_per_connection");
    }
  }

  // ---- upstreams --------------------------------------------------------------------------

  @Test
  void upstream_head_and_interim_responses() throws Exception {
    for (String answer :
        List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                + ("A: " + "x".repeat(1000) + "\r\n").repeat(70)
                + "\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(17)
                + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
      try (RecordingServer origin = saying(answer);
          GatewayFixture gateway = GatewayFixture.start(upstream(origin.port(), "connect: 5s"));
          RawClient client = gateway.client("web")) {
        assertStatus(client, HEAD + "\r\n", 502);
        assertRejected(
            gateway, answer.contains(" 100 ") ? "upstream_interim_responses" : "upstream_head");
      }
      try (RecordingServer origin = saying(answer);
          GatewayFixture gateway =
              GatewayFixture.start(
                  upstream(
                      origin.port(),
                      "connect: 5s }\n    limits: { response_head: 100KiB, interim_responses: off"));
          RawClient client = gateway.client("web")) {
        assertStatus(client, HEAD + "\r\n", 200);
      }
    }
  }

  @Test
  void upstream_times() throws Exception {
    try (RecordingServer silent = swallowing();
        GatewayFixture gateway =
            GatewayFixture.start(upstream(silent.port(), "response_header: 200ms"));
        RawClient client = gateway.client("web")) {
      assertStatus(client, HEAD + "\r\n", 504);
      assertRejected(gateway, "upstream_response_header_time");
    }
    try (RecordingServer half = saying("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        GatewayFixture gateway =
            GatewayFixture.start(upstream(half.port(), "response_idle: 200ms"));
        RawClient client = gateway.client("web")) {
      client.send(HEAD + "\r\n");
      assertThat(client.readUntil("abc")).contains("200 OK");
      assertThat(client.drainToEnd()).isNotNull();
      assertRejected(gateway, "upstream_response_idle_time");
    }
    String events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n";
    try (RecordingServer quiet = saying(events);
        GatewayFixture gateway =
            GatewayFixture.start(upstream(quiet.port(), "stream_idle: 200ms"));
        RawClient client = gateway.client("web")) {
      assertThat(client.send(HEAD + "\r\n").readUntil("data: x")).contains("200 OK");
      assertThat(client.drainToEnd()).isNotNull();
      assertRejected(gateway, "upstream_stream_idle_time");
    }
    try (FullBacklog full = new FullBacklog();
        GatewayFixture gateway = GatewayFixture.start(upstream(full.port(), "connect: 300ms"));
        RawClient client = gateway.client("web")) {
      assertStatus(client, HEAD + "\r\n", 504);
      assertRejected(gateway, "upstream_connect_time");
    }
  }

  // ---- the mixed port ---------------------------------------------------------------------

  @Test
  void mixed_first_bytes_and_handshake() throws Exception {
    try (GatewayFixture gateway =
            GatewayFixture.start(mixed(", timeouts: { detect: 200ms, handshake: 200ms }"));
        RawClient silent = gateway.client("mixed");
        RawClient half = gateway.client("mixed")) {
      half.send(new byte[] {5, 1, 0});
      assertThat(half.readExactly(2)).containsExactly(5, 0);
      assertThat(silent.awaitEnd()).isEqualTo(RawClient.End.EOF);
      assertThat(half.readAll()).startsWith(5, 1); // general failure
      assertRejected(gateway, "proxy_detect_time");
      assertRejected(gateway, "proxy_handshake_time");
    }
  }

  @Test
  void mixed_connections_of_one_user() throws Exception {
    try (RecordingServer origin = swallowing();
        GatewayFixture gateway =
            GatewayFixture.start(
                mixed(", auth: { users: { al: pw } }, limits: { per_user_connections: 1 }"))) {
      String connect =
          "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic YWw6cHc=\r\n\r\n"
              .formatted(origin.port());
      try (RawClient first = gateway.client("mixed");
          RawClient second = gateway.client("mixed")) {
        assertThat(first.send(connect).readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200");
        assertThat(second.send(connect).readUntil("\r\n\r\n")).startsWith("HTTP/1.1 429");
      }
      assertRejected(gateway, "per_user_connections");
    }
  }

  // ---- control and configuration ----------------------------------------------------------

  @Test
  void control_documents() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(site(""));
        RawClient client = RawClient.connect(gateway.controlPort())) {
      String deep = "{\"a\":".repeat(70) + "1" + "}".repeat(70);
      StrictHttpParser.Response answer =
          client
              .send(
                  "POST /v1/stop HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                      + gateway.token()
                      + "\r\nContent-Type: application/json\r\nContent-Length: "
                      + deep.length()
                      + "\r\n\r\n"
                      + deep)
              .readResponse();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(gateway.gateway().stopRequested()).isFalse();
      assertThat(rejections(gateway, "control_documents")).isEqualTo(1);
    }
  }

  @Test
  void documentsOfTheControlApiHaveTheBoundsThatAreConfigured() throws Exception {
    String limits =
        "control.sock, limits: { connections_per_source: 2, json_depth: 3, json_text: 40,"
            + " body: 200 }";
    try (GatewayFixture gateway = GatewayFixture.start(site(""))) {
      Files.writeString(
          gateway.configFile(),
          Files.readString(gateway.configFile()).replace("control.sock", limits));
      assertThat(gateway.control("/reload").status()).isEqualTo(200);
      assertThat(posted(gateway, "{\"a\":{\"b\":{\"c\":{}}}}")).as("depth").isEqualTo(413);
      assertThat(posted(gateway, "{\"a\":\"" + "x".repeat(50) + "\"}")).as("text").isEqualTo(413);
      assertThat(posted(gateway, "{" + " ".repeat(300) + "}")).as("body").isEqualTo(413);
      assertThat(rejections(gateway, "control_documents")).isEqualTo(3);
      assertThat(gateway.gateway().stopRequested()).isFalse();
      try (RawClient first = RawClient.connect(gateway.controlPort());
          RawClient second = RawClient.connect(gateway.controlPort());
          RawClient third = RawClient.connect(gateway.controlPort())) {
        assertStatus(first, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200);
        assertStatus(second, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200);
        assertThat(third.readAllText()).startsWith("HTTP/1.1 503 ");
      }
    }
  }

  private static int posted(GatewayFixture gateway, String json) throws Exception {
    try (RawClient client = RawClient.connect(gateway.controlPort())) {
      return client
          .send(
              "POST /v1/stop HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
                  + gateway.token()
                  + "\r\nContent-Type: application/json\r\nContent-Length: "
                  + json.length()
                  + "\r\n\r\n"
                  + json)
          .readResponse()
          .status();
    }
  }

  @Test
  void configuration_file() throws Exception {
    try (GatewayFixture gateway = GatewayFixture.start(site(""))) {
      Files.writeString(
          gateway.configFile(), Files.readString(gateway.configFile()) + "#".repeat(4 << 20));
      assertThat(gateway.control("/reload").status()).isEqualTo(422);
      try (RawClient client = gateway.client("web")) {
        assertStatus(client, HEAD + "\r\n", 200);
      }
    }
  }

  // ---- peers ------------------------------------------------------------------------------

  private static RecordingServer swallowing() throws IOException {
    return RecordingServer.start(RecordingServer.Conversation::readAll);
  }

  static RecordingServer saying(String text) throws IOException {
    return RecordingServer.start(
        conversation -> {
          conversation.readRequest();
          conversation.send(text);
          conversation.readAll();
        });
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) throw new IllegalStateException("not told");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
