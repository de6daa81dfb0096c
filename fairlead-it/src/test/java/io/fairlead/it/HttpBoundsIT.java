package io.fairlead.it;

import static io.fairlead.it.LimitsIT.HEAD;
import static io.fairlead.it.LimitsIT.assertRejected;
import static io.fairlead.it.LimitsIT.assertStatus;
import static io.fairlead.it.LimitsIT.saying;
import static io.fairlead.it.LimitsIT.upstream;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The rows of the table of bounds that speak of HTTP on a mixed port and of upstreams' bodies. */
class HttpBoundsIT {
  @Test
  void mixed_http_bounds() throws Exception {
    String bounds =
        "limits: { request_line: 300, head: 2KiB, field: 1KiB, fields: 10, body: 10B,"
            + " chunk_extension: 8B, trailers: 20B, requests_per_connection: 2 }\n"
            + "    timeouts: { keep_alive: 300ms, body_idle: 200ms }";
    try (RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, "here"));
        GatewayFixture gateway = GatewayFixture.start(mixed(bounds))) {
      String target = "http://127.0.0.1:" + origin.port() + "/";
      String head = " HTTP/1.1\r\nHost: 127.0.0.1:" + origin.port() + "\r\n";
      String chunked = "POST " + target + head + "Transfer-Encoding: chunked\r\n\r\n";
      Map<String, String> refused =
          Map.of(
              "http_request_line 414", "GET " + target + "x".repeat(300) + head + "\r\n",
              "http_head 431",
                  "GET " + target + head + ("A: " + "x".repeat(900) + "\r\n").repeat(3),
              "http_field 431", "GET " + target + head + "A: " + "x".repeat(1100) + "\r\n\r\n",
              "http_fields 431", "GET " + target + head + "A: b\r\n".repeat(11) + "\r\n",
              "http_body 413", "POST " + target + head + "Content-Length: 11\r\n\r\n",
              "http_chunk_extensions 400", chunked + "1;" + "x".repeat(9) + "\r\na\r\n",
              "http_trailers 400", chunked + "1\r\na\r\n0\r\nA: " + "x".repeat(30) + "\r\n\r\n",
              "http_body_time 408", "POST " + target + head + "Content-Length: 9\r\n\r\nx");
      for (Map.Entry<String, String> one : refused.entrySet()) {
        String[] expected = one.getKey().split(" ");
        try (RawClient client = gateway.client("web")) {
          assertStatus(client, one.getValue(), Integer.parseInt(expected[1]));
        }
        assertRejected(gateway, expected[0]);
      }
      try (RawClient client = gateway.client("web")) {
        client.send("GET " + target + head + "\r\n").readResponse();
        client.drainToEnd();
      }
      assertRejected(gateway, "http_keep_alive");
      try (RawClient client = gateway.client("web")) {
        client.send("GET " + target + head + "\r\n").readResponse();
        assertThat(client.send("GET " + target + head + "\r\n").readResponse().field("Connection"))
            .contains("close");
      }
      assertRejected(gateway, "http_requests_per_connection");
    }
    for (String bound : List.of("chunk_extensions: 20B", "trailer_fields: 1")) {
      try (RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, "x"));
          GatewayFixture gateway = GatewayFixture.start(mixed("limits: { " + bound + " }"));
          RawClient client = gateway.client("web")) {
        String to = "127.0.0.1:" + origin.port();
        String head = "POST http://" + to + "/ HTTP/1.1\r\nHost: " + to + "\r\n";
        boolean extensions = bound.startsWith("chunk");
        String body = extensions ? "1;abcdefgh\r\na\r\n".repeat(3) : "0\r\nA: b\r\nC: d\r\n\r\n";
        assertStatus(client, head + "Transfer-Encoding: chunked\r\n\r\n" + body, 400);
        assertRejected(gateway, extensions ? "http_chunk_extensions" : "http_trailers");
      }
    }
  }

  /** Also a row of mixed_http_bounds. */
  @Test
  void http_pipelined_requests() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RecordingServer origin = RecordingServer.http(_ -> late(goOn));
        GatewayFixture gateway = GatewayFixture.start(mixed("limits: { pipelined_requests: 2 }"));
        RawClient client = gateway.client("web")) {
      String to = "127.0.0.1:" + origin.port();
      client.send(("GET http://" + to + "/ HTTP/1.1\r\nHost: " + to + "\r\n\r\n").repeat(4));
      assertRejected(gateway, "http_pipelined_requests");
      goOn.countDown();
      for (int i = 0; i < 4; i++) assertThat(client.readResponse().text()).isEqualTo("late");
    }
  }

  /** Also a row of mixed_http_bounds. */
  @Test
  void http_write_stall() throws Exception {
    String much = "x".repeat(16 << 20);
    try (RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, much))) {
      String to = "127.0.0.1:" + origin.port();
      try (GatewayFixture gateway =
              GatewayFixture.start(mixed("timeouts: { write_stall: 300ms }"));
          RawClient client = gateway.client("web")) {
        client.send("GET http://" + to + "/ HTTP/1.1\r\nHost: " + to + "\r\n\r\n");
        assertRejected(gateway, "http_write_stall");
      }
      String site =
          upstream(origin.port(), "connect: 5s")
              .replace("default: true", "default: true\n    timeouts: { write_stall: 300ms }");
      try (GatewayFixture gateway = GatewayFixture.start(site);
          RawClient client = gateway.client("web")) {
        client.send(HEAD + "\r\n");
        assertRejected(gateway, "http_write_stall");
      }
    }
  }

  private static String late(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) throw new IllegalStateException("not told");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return RecordingServer.response(200, "late");
  }

  @Test
  void mixed_responses() throws Exception {
    for (String bound : List.of("response_head: 1KiB", "interim_responses: 1")) {
      try (RecordingServer origin = saying(beyond(bound));
          GatewayFixture gateway = GatewayFixture.start(mixed("limits: { " + bound + " }"));
          RawClient client = gateway.client("web")) {
        String to = "127.0.0.1:" + origin.port();
        assertStatus(client, "GET http://" + to + "/ HTTP/1.1\r\nHost: " + to + "\r\n\r\n", 502);
        assertRejected(
            gateway, bound.startsWith("r") ? "upstream_head" : "upstream_interim_responses");
      }
    }
  }

  @Test
  void upstream_chunks_and_trailers() throws Exception {
    Map<String, String> parts =
        Map.of(
            "1;" + "x".repeat(1100) + "\r\na\r\n",
            "upstream_chunk_extensions",
            ("1;" + "x".repeat(900) + "\r\na\r\n").repeat(20),
            "upstream_chunk_extensions",
            "0\r\nA: " + "x".repeat(9000),
            "upstream_trailers",
            "0" + "\r\nA: b".repeat(33),
            "upstream_trailers");
    for (String part : parts.keySet()) {
      String answer =
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + part + "\r\n0\r\n\r\n";
      try (RecordingServer origin = saying(answer);
          GatewayFixture gateway = GatewayFixture.start(upstream(origin.port(), "connect: 5s"));
          RawClient client = gateway.client("web")) {
        // The head may be out already: then only the end of the connection can tell.
        assertThat(client.send(HEAD + "\r\n").readAllText()).doesNotContain("\r\n0\r\n\r\n");
        assertRejected(gateway, parts.get(part));
      }
    }
    String long0 = "1;" + "x".repeat(1100) + "\r\na\r\n0\r\n\r\n";
    String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + long0;
    try (RecordingServer origin = saying(answer);
        GatewayFixture gateway =
            GatewayFixture.start(
                upstream(origin.port(), "connect: 5s }\n    limits: { chunk_extension: 2KiB"));
        RawClient client = gateway.client("web")) {
      assertThat(client.send(HEAD + "\r\n").readResponse().text()).isEqualTo("a");
    }
  }

  private static String beyond(String bound) {
    return bound.startsWith("response_head")
        ? "HTTP/1.1 200 OK\r\nA: " + "x".repeat(1100) + "\r\n\r\n"
        : "HTTP/1.1 100 Continue\r\n\r\n".repeat(2) + "HTTP/1.1 200 OK\r\n\r\n";
  }

  private static String mixed(String more) {
    return """
    listeners: { web: { bind: "127.0.0.1:0", proto: mixed, service: egress } }
    forward:
      egress:
        destinations: { private: allow }
        %s
    """
        .formatted(more);
  }
}
