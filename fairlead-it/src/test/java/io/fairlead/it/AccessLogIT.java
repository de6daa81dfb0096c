package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One line for each request and tunnel, with what an operator asks of it. */
class AccessLogIT {
  @Test
  void tellsOfRequestsRefusalsFailuresAndTunnels() throws Exception {
    try (RecordingServer upstream =
            RecordingServer.http(request -> RecordingServer.response(200, "hello"));
        GatewayFixture gateway =
            GatewayFixture.start(
                CONFIG
                    .replace("@UP@", Integer.toString(upstream.port()))
                    .replace("@GONE@", Integer.toString(closedPort())))) {
      get(gateway, "web", "/app/a?token=abc&b=1");
      assertThat(next(gateway, 1))
          .contains("\"kind\":\"request\"", "\"listener\":\"web\"", "\"service\":\"site\"")
          .contains("\"route\":\"app\"", "\"method\":\"GET\"", "\"path\":\"/app/a\"")
          .contains("\"query\":\"token=***&b=1\"", "\"status\":200", "\"upstream_status\":200")
          .contains("\"bytes_in\":0", "\"bytes_out\":5", "\"attempts\":1", "\"connect_ms\":")
          .contains("\"ttfb_ms\":", "\"client_ip\":\"127.0.0.1\"", "\"proto\":\"HTTP/1.1\"")
          .contains("\"request_id\":\"", "\"generation\":1")
          .doesNotContain("canary", "abc");
      get(gateway, "web", "/gone/x");
      assertThat(next(gateway, 2)).contains("\"route\":\"gone\"", "\"status\":502", "\"error\":");
      get(gateway, "web", "/nowhere");
      assertThat(next(gateway, 3)).contains("\"status\":404", "\"error\":\"no_route\"");
      get(gateway, "web", "/fixed");
      assertThat(next(gateway, 4)).contains("\"route\":\"fixed\"", "\"bytes_out\":2");
      get(gateway, "mixed", "http://127.0.0.1:" + upstream.port() + "/plain?x=1");
      assertThat(next(gateway, 5))
          .contains("\"service\":\"egress\"", "\"path\":\"/plain\"", "\"status\":200");
      try (RawClient client = gateway.client("mixed")) {
        String to = "127.0.0.1:" + upstream.port();
        client.send("CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n");
        assertThat(client.readResponse("CONNECT").status()).isEqualTo(200);
      }
      assertThat(next(gateway, 6))
          .contains("\"kind\":\"stream\"", "\"proto\":\"connect\"", "\"service\":\"egress\"")
          .contains("\"host\":\"127.0.0.1:" + upstream.port() + "\"");
      gateway.replaceConfig(
          CONFIG
              .replace("@UP@", Integer.toString(upstream.port()))
              .replace("@GONE@", "1")
              .replace("format: json", "format: \"{generation} {path}\""));
      assertThat(gateway.api().send("POST", "/v1/reload", "").status()).isEqualTo(200);
      get(gateway, "web", "/app/after");
      await().until(() -> lines(gateway).getLast().equals("2 /app/after"));
    }
  }

  @Test
  void tellsOfHeadsThatWereRefused() throws Exception {
    try (GatewayFixture gateway =
        GatewayFixture.start(
            CONFIG
                .replace("@UP@", "1")
                .replace("@GONE@", "1")
                .replace("service: site }", "service: site, h2c: true }")
                .replace("default: true", "default: true\n    limits: { head: 1KiB }"))) {
      refused(gateway, "web", "GET /a HTTP/1.1\r\n\r\n");
      assertThat(next(gateway, 1))
          .contains("\"kind\":\"request\"", "\"listener\":\"web\"", "\"service\":\"site\"")
          .contains("\"status\":400", "\"error\":\"", "\"client_ip\":\"127.0.0.1\"");
      refused(gateway, "web", "GET /a HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(2000) + "\r\n\r\n");
      assertThat(next(gateway, 2)).contains("\"status\":431");
      refused(gateway, "web", "TRACE /t?token=abc HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(next(gateway, 3))
          .contains("\"status\":405", "\"method\":\"TRACE\"", "\"path\":\"/t\"")
          .contains("\"host\":\"a\"", "\"query\":\"token=***\"");
      refused(gateway, "mixed", "GET  http://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(next(gateway, 4)).contains("\"status\":400", "\"service\":\"egress\"");
      try (Http2Client client = Http2Client.connect(gateway.port("web")).start()) {
        client.headers(
            1, true, ":method", "TRACE", ":scheme", "http", ":authority", "a", ":path", "/h2");
        assertThat(client.response(1).status()).isEqualTo(405);
      }
      assertThat(next(gateway, 5))
          .contains("\"proto\":\"HTTP/2\"", "\"status\":405", "\"path\":\"/h2\"");
    }
  }

  private static void refused(GatewayFixture gateway, String listener, String head)
      throws IOException {
    try (RawClient client = gateway.client(listener)) {
      client.send(head);
      assertThat(client.readResponse().status()).isBetween(400, 499);
    }
  }

  private static void get(GatewayFixture gateway, String listener, String target)
      throws IOException {
    try (RawClient client = gateway.client(listener)) {
      client.send(
          "GET "
              + target
              + " HTTP/1.1\r\nHost: app.test\r\nCookie: canary=1\r\n"
              + "Authorization: Bearer canary\r\n\r\n");
      client.readResponse();
    }
  }

  private static String next(GatewayFixture gateway, int count) {
    await().until(() -> lines(gateway).size() >= count);
    return lines(gateway).get(count - 1);
  }

  private static List<String> lines(GatewayFixture gateway) {
    Path file = gateway.dir().resolve("access.log");
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static int closedPort() {
    return FreePorts.one();
  }

  private static final String CONFIG =
      """
      logs: { access: { enabled: true, sink: file, file: "@DIR@/access.log", format: json } }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress: { destinations: { private: allow, connect_ports: all } }
      http:
        site:
          default: true
          routes:
            - { id: app, match: { path: /app/* }, upstream: up }
            - { id: gone, match: { path: /gone/* }, upstream: gone }
            - { id: fixed, match: { path: /fixed }, respond: { status: 200, body: ok } }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
        gone: { endpoints: [ { url: "http://127.0.0.1:@GONE@" } ] }
      """;
}
