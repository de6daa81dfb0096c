package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What upstreams hear of traces (W3C Trace Context) and, where asked for, in Forwarded (RFC 7239).
 */
class TraceIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CAME = "00-" + TRACE + "-00f067aa0ba902b7-01";
  private static final String CONFIG =
      """
      logs: { access: { enabled: true, sink: file, file: "@DIR@/access.log", format: json } }
      listeners:
        plain: { bind: "127.0.0.1:0", proto: http, service: plain }
        going: { bind: "127.0.0.1:0", proto: http, service: going }
        fresh: { bind: "127.0.0.1:0", proto: http, service: fresh }
        trust: { bind: "127.0.0.1:0", proto: http, service: trust }
      http:
        plain: { routes: [ { match: { path: /* }, upstream: up } ] }
        going:
          trace: continue
          forwarded: true
          routes:
            - { match: { path: /moved/* }, rewrite: { strip_prefix: /moved }, upstream: up }
            - { match: { path: /* }, upstream: up }
        fresh: { trace: restart, routes: [ { match: { path: /* }, upstream: up } ] }
        trust:
          trace: restart
          forwarded: true
          trusted_proxies: [127.0.0.0/8]
          routes: [ { match: { path: /* }, upstream: up } ]
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
      """;

  @Test
  void theTraceGoesOnThroughTheGateway() throws Exception {
    try (RecordingServer upstream =
            RecordingServer.http(request -> RecordingServer.response(200, "ok"));
        GatewayFixture gateway =
            GatewayFixture.start(CONFIG.replace("@UP@", Integer.toString(upstream.port())))) {
      ask(gateway, 1, "plain", CAME);
      assertThat(seen(upstream, 1).fieldsNamed("traceparent")).containsExactly(CAME);
      assertThat(seen(upstream, 1).fieldsNamed("tracestate")).containsExactly("a=b");
      assertThat(seen(upstream, 1).fieldsNamed("Forwarded")).isEmpty();
      assertThat(line(gateway, 1)).contains("\"trace_id\":\"" + TRACE + "\"");

      ask(gateway, 2, "going", CAME);
      String next = seen(upstream, 2).fieldsNamed("traceparent").getFirst();
      assertThat(next).matches("00-" + TRACE + "-[0-9a-f]{16}-01").isNotEqualTo(CAME);
      assertThat(seen(upstream, 2).fieldsNamed("tracestate")).containsExactly("a=b");
      assertThat(seen(upstream, 2).fieldsNamed("Forwarded"))
          .containsExactly("for=127.0.0.1;host=\"app.test:80\";proto=http");

      ask(gateway, 3, "going", "nonsense");
      String begun = seen(upstream, 3).fieldsNamed("traceparent").getFirst();
      assertThat(begun).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
      assertThat(seen(upstream, 3).fieldsNamed("tracestate")).isEmpty();
      assertThat(line(gateway, 3)).contains("\"trace_id\":\"" + begun.substring(3, 35) + "\"");

      ask(gateway, "/moved/33", "going", CAME);
      assertThat(seen(upstream, 33).fieldsNamed("traceparent"))
          .as("of a path that was rewritten")
          .singleElement()
          .asString()
          .matches("00-" + TRACE + "-[0-9a-f]{16}-01")
          .isNotEqualTo(CAME);

      ask(gateway, 4, "fresh", CAME);
      assertThat(seen(upstream, 4).fieldsNamed("traceparent").getFirst()).doesNotContain(TRACE);

      ask(gateway, 5, "trust", CAME);
      assertThat(seen(upstream, 5).fieldsNamed("traceparent").getFirst()).contains(TRACE);
      assertThat(seen(upstream, 5).fieldsNamed("Forwarded"))
          .containsExactly("for=\"[2001:db8::1]\", for=127.0.0.1;host=\"app.test:80\";proto=http");
    }
  }

  private static void ask(GatewayFixture gateway, int number, String listener, String traceparent)
      throws IOException {
    ask(gateway, "/" + number, listener, traceparent);
  }

  private static void ask(GatewayFixture gateway, String path, String listener, String traceparent)
      throws IOException {
    try (RawClient client = gateway.client(listener)) {
      client.send(
          "GET "
              + path
              + " HTTP/1.1\r\nHost: app.test:80\r\ntraceparent: "
              + traceparent
              + "\r\ntracestate: a=b\r\nForwarded: for=\"[2001:db8::1]\"\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(200);
    }
  }

  private static StrictHttpParser.Request seen(RecordingServer upstream, int number) {
    return upstream.requests().stream()
        .filter(request -> request.target().equals("/" + number))
        .findFirst()
        .orElseThrow();
  }

  private static String line(GatewayFixture gateway, int count) throws IOException {
    Path file = gateway.dir().resolve("access.log");
    await().until(() -> Files.exists(file) && Files.readAllLines(file).size() >= count);
    List<String> lines = Files.readAllLines(file);
    return lines.get(count - 1);
  }
}
