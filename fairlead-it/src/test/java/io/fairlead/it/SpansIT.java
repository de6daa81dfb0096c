package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Spans as a collector gets them (OTLP over HTTP), and what upstreams are told meanwhile. */
class SpansIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CAME = "00-" + TRACE + "-00f067aa0ba902b7-01";
  private static final String OFF =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: web }
        raw: { bind: "127.0.0.1:0", proto: tcp, service: raw }
      http:
        web: { routes: [ { match: { path: /* }, upstream: up } ] }
      streams:
        raw: { upstream: up }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
      """;
  private static final String ON =
      OFF
          + """
          telemetry:
            tracing:
              enabled: true
              otlp_endpoint: "http://127.0.0.1:@COLLECTOR@"
              headers: { x-key: open-sesame }
              sample_ratio: 1
          """;

  @Test
  void theCollectorSeesTheRequestAndTheUpstreamIsItsChild() throws Exception {
    try (RecordingServer upstream = RecordingServer.http(_ -> RecordingServer.response(200, "ok"));
        RecordingServer collector = RecordingServer.http(_ -> RecordingServer.response(200, ""))) {
      String off = OFF.replace("@UP@", Integer.toString(upstream.port()));
      try (GatewayFixture gateway = GatewayFixture.start(off)) {
        ask(gateway, "/off", CAME);
        assertThat(told(upstream, "/off")).as("passes as it came").isEqualTo(CAME);

        gateway.replaceConfig(
            ON.replace("@UP@", Integer.toString(upstream.port()))
                .replace("@COLLECTOR@", Integer.toString(collector.port())));
        assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
        ask(gateway, "/on", CAME);
        String told = told(upstream, "/on");
        assertThat(told).matches("00-" + TRACE + "-[0-9a-f]{16}-01").isNotEqualTo(CAME);

        await().until(() -> named(collector, "http.client").size() == 1);
        Spanned server = named(collector, "http.server").getFirst();
        Spanned client = named(collector, "http.client").getFirst();
        assertThat(List.of(server.trace(), client.trace())).containsOnly(TRACE);
        assertThat(server.caller()).isEqualTo("00f067aa0ba902b7");
        assertThat(client.caller()).isEqualTo(server.id());
        assertThat(told).contains("-" + client.id() + "-");
        assertThat(server.kind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(client.kind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
        assertThat(server.nanos()).isPositive().isLessThan(60_000_000_000L);
        assertThat(server.facts())
            .containsEntry("http.request.method", "GET")
            .containsEntry("url.path", "/on")
            .containsEntry("http.response.status_code", "200")
            .containsEntry("fairlead.service", "web");

        ask(gateway, "/unsampled", CAME.replaceFirst("01$", "00"));
        ask(gateway, "/own", "nonsense");
        await().until(() -> named(collector, "http.server").size() == 2);
        Spanned own = named(collector, "http.server").getLast();
        assertThat(own.facts()).as("no caller wanted the other").containsEntry("url.path", "/own");
        assertThat(own.caller()).isEmpty();
        assertThat(told(upstream, "/own")).contains(own.trace()).endsWith("-01");

        try (RawClient stream = gateway.client("raw")) {
          stream.send("GET /raw HTTP/1.1\r\nHost: a\r\n\r\n");
          assertThat(stream.readResponse().status()).isEqualTo(200);
        }
        await().until(() -> named(collector, "proxy.stream").size() == 1);
        await().until(() -> named(collector, "config.reload").size() == 1);
        assertThat(collector.requests())
            .allSatisfy(
                batch -> {
                  assertThat(batch.target()).isEqualTo("/v1/traces");
                  assertThat(batch.field("x-key")).contains("open-sesame");
                });
      }
    }
  }

  private static void ask(GatewayFixture gateway, String path, String traceparent)
      throws IOException {
    try (RawClient client = gateway.client("web")) {
      client.send(
          "GET "
              + path
              + " HTTP/1.1\r\nHost: app.test\r\ntraceparent: "
              + traceparent
              + "\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(200);
    }
  }

  private static String told(RecordingServer upstream, String path) {
    return upstream.requests().stream()
        .filter(request -> request.target().equals(path))
        .findFirst()
        .orElseThrow()
        .field("traceparent")
        .orElseThrow();
  }

  private static List<Spanned> named(RecordingServer collector, String name) {
    return collector.requests().stream()
        .flatMap(batch -> spans(batch).stream())
        .filter(span -> span.name().equals(name))
        .toList();
  }

  /** One of {@code opentelemetry.proto.trace.v1}, as that project's own classes read it. */
  private record Spanned(
      String trace,
      String id,
      String caller,
      String name,
      Span.SpanKind kind,
      long nanos,
      Map<String, String> facts) {}

  private static List<Spanned> spans(StrictHttpParser.Request batch) {
    assertThat(batch.field("content-type")).contains("application/x-protobuf");
    try (GZIPInputStream body = new GZIPInputStream(new ByteArrayInputStream(batch.body()))) {
      ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(body);
      assertThat(request.getResourceSpans(0).getResource().getAttributesList())
          .anyMatch(
              fact ->
                  fact.getKey().equals("service.name")
                      && fact.getValue().getStringValue().equals("fairlead"));
      return request.getResourceSpansList().stream()
          .flatMap(resource -> resource.getScopeSpansList().stream())
          .flatMap(scope -> scope.getSpansList().stream())
          .map(SpansIT::spanned)
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Spanned spanned(Span span) {
    Map<String, String> facts = new TreeMap<>();
    for (KeyValue fact : span.getAttributesList()) {
      AnyValue value = fact.getValue();
      facts.put(
          fact.getKey(),
          value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue());
    }
    HexFormat hex = HexFormat.of();
    return new Spanned(
        hex.formatHex(span.getTraceId().toByteArray()),
        hex.formatHex(span.getSpanId().toByteArray()),
        hex.formatHex(span.getParentSpanId().toByteArray()),
        span.getName(),
        span.getKind(),
        span.getEndTimeUnixNano() - span.getStartTimeUnixNano(),
        facts);
  }
}
