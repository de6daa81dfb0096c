package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests over HTTP/2 as frames, passed to an upstream that speaks HTTP/1.1 and records every
 * byte: well-formed ones arrive as exactly one request, malformed ones not at all.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113#section-8">RFC 9113 §8</a>
 */
class Http2IT {
  private static final String CONFIG =
      """
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
        plain: { bind: "127.0.0.1:0", proto: http, service: site }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress, h2c: true }
        echo: { bind: "127.0.0.1:0", proto: echo, h2c: true }
      forward:
        egress: { destinations: { private: allow, connect_ports: [1-65535] } }
      http:
        site:
          routes:
            - { match: { path: /nobody/* }, upstream: nobody }
            - { match: { path: /asked/* }, upstream: asked }
            - { match: { path: /* }, upstream: up, websocket: true }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ], trailers: [x-sum] }
        asked: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ], forward_expect: true }
        nobody: { endpoints: [ { url: "http://127.0.0.1:1" } ] }
      """;

  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;

  private static RecordingServer upstream;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    upstream = RecordingServer.http(Http2IT::answer);
    gateway = GatewayFixture.start(CONFIG.replace("@UP@", Integer.toString(upstream.port())));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (upstream != null) upstream.close();
  }

  private static String answer(StrictHttpParser.Request request) {
    String path = request.target();
    if (request.method().equals("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    if (path.startsWith("/trailers")) {
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"
          + "grpc-status: 0\r\nX-Sum: 7\r\nX-Other: 1\r\nSet-Cookie: a=b\r\n\r\n";
    }
    if (path.startsWith("/early-hints")) {
      return "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
          + RecordingServer.response(200, "after");
    }
    if (path.startsWith("/big")) return RecordingServer.response(200, "x".repeat(300_000));
    if (path.startsWith("/refuses")) return RecordingServer.response(403, "no");
    return RecordingServer.response(200, "seen");
  }

  private static Http2Client client() throws IOException {
    return Http2Client.connect(gateway.port("web")).start();
  }

  // ---- the table --------------------------------------------------------------------------

  /**
   * One request.
   *
   * @param status of the answer; 0 when the stream is reset with PROTOCOL_ERROR
   * @param body to send, or empty: the head ends the request
   */
  private record Row(String id, int status, Optional<String> body, List<String> fields) {
    @Override
    public String toString() {
      return id;
    }
  }

  static Stream<Row> rows() {
    List<Row> rows = new ArrayList<>();
    add(rows, "fine", 200);
    add(rows, "fields", 200, "x-a", "b", "cookie", "a=1", "cookie", "b=2", "te", "trailers");
    add(rows, "same host", 200, "host", "test");
    add(rows, "other host", 400, "host", "other");
    add(rows, "two hosts", 400, "host", "test", "host", "test");
    add(rows, "upper case", 0, "X-A", "b");
    add(rows, "empty name", 0, "", "b");
    add(rows, "space in name", 0, "x a", "b");
    add(rows, "colon in name", 0, "x:a", "b");
    add(rows, "CR in value", 0, "x-a", "b\rc");
    add(rows, "LF in value", 0, "x-a", "b\nx-injected: c");
    add(rows, "NUL in value", 0, "x-a", "b\u0000c");
    add(rows, "space before value", 0, "x-a", " b");
    add(rows, "tab behind value", 0, "x-a", "b\t");
    add(rows, "connection", 0, "connection", "close");
    add(rows, "keep-alive", 0, "keep-alive", "1");
    add(rows, "proxy-connection", 0, "proxy-connection", "close");
    add(rows, "transfer-encoding", 0, "transfer-encoding", "chunked");
    add(rows, "upgrade", 0, "upgrade", "websocket");
    add(rows, "te", 0, "te", "gzip");
    add(rows, "late pseudo-field", 0, "x-a", "b", ":path", "/x");
    add(rows, "second path", 0, ":path", "/other");
    add(rows, "unknown pseudo-field", 0, ":x", "y");
    add(rows, "status in request", 0, ":status", "200");
    add(rows, "length without body", 0, "content-length", "3");
    add(rows, "bad length", 0, "content-length", "+0");
    add(rows, "two lengths", 0, "content-length", "0", "content-length", "0");
    add(rows, "protocol without connect", 0, ":protocol", "websocket");
    add(rows, "expectation", 417, "expect", "the-unexpected");
    add(rows, "long field", 431, "x-a", "b".repeat(20_000));
    rows.add(row("no method", 0, ":scheme", "http", ":authority", "test", ":path", "/{id}"));
    rows.add(row("no path", 0, ":method", "GET", ":scheme", "http", ":authority", "test"));
    rows.add(row("no scheme", 0, ":method", "GET", ":authority", "test", ":path", "/{id}"));
    rows.add(head("empty path", 0, "GET", ""));
    rows.add(head("path without slash", 0, "GET", "x{id}"));
    rows.add(head("asterisk", 0, "GET", "*"));
    rows.add(head("space in path", 0, "GET", "/{id} HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled"));
    rows.add(head("fragment", 0, "GET", "/{id}#x"));
    rows.add(head("non-ASCII path", 0, "GET", "/{id}\u00e9"));
    rows.add(head("bad method", 0, "GE T", "/{id}"));
    rows.add(head("CRLF in method", 0, "GET /a HTTP/1.1\r\nX: y\r\n\r\nGET", "/{id}"));
    rows.add(head("trace", 405, "TRACE", "/{id}"));
    rows.add(head("own method", 200, "BREW", "/{id}"));
    rows.add(row("no host", 400, ":method", "GET", ":scheme", "http", ":path", "/{id}"));
    rows.add(authority("user in authority", 400, "a@test"));
    rows.add(authority("path in authority", 400, "test/x"));
    rows.add(authority("CRLF in authority", 400, "test\r\nX-Injected: y"));
    rows.add(row("connect", 405, ":method", "CONNECT", ":authority", "test:80"));
    rows.add(body("body", 200, "abc", "content-length", "3"));
    rows.add(body("body of unknown length", 200, "abc"));
    rows.add(body("too little", 0, "ab", "content-length", "3"));
    rows.add(body("too much", 0, "abcd", "content-length", "3"));
    rows.add(body("smuggled body", 0, "GET /smuggled HTTP/1.1\r\n\r\n", "content-length", "0"));
    return rows.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void isAnsweredAsTheTableSays(Row row) throws Exception {
    String path = "/" + row.id().replace(' ', '-') + "!";
    String id = path.substring(1);
    String[] fields = row.fields().stream().map(f -> f.replace("{id}", id)).toArray(String[]::new);
    try (Http2Client client = client()) {
      client.headers(1, row.body().isEmpty(), fields);
      if (row.body().isPresent()) client.data(1, true, row.body().get());
      Http2Client.Response response = client.response(1);
      assertThat(response.status()).as("%s", response).isEqualTo(row.status());
      if (row.status() == 0) assertThat(response.resetCode()).isEqualTo(PROTOCOL_ERROR);
      // The connection is none the worse for it.
      assertThat(client.get(3, "/next-after-" + id).response(3).status()).isEqualTo(200);
    }
    List<StrictHttpParser.Request> seen =
        upstream.requests().stream().filter(r -> r.target().startsWith(path)).toList();
    if (row.status() == 200) {
      assertThat(seen).hasSize(1);
      assertThat(seen.getFirst().text()).isEqualTo(row.body().orElse(""));
    } else if (row.fields().contains("0")) {
      // It was complete with its head, so it may have been passed on: without what came behind it.
      assertThat(seen).allMatch(request -> request.body().length == 0).hasSizeLessThan(2);
    } else {
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void nothingElseReachedTheUpstream() throws Exception {
    for (RecordingServer.Conversation conversation : upstream.conversations()) {
      for (StrictHttpParser.Request request : conversation.requests()) {
        assertThat(request.target()).doesNotContain("smuggled");
        assertThat(request.field("X-Injected")).isEmpty();
        assertThat(request.fieldsNamed("Host")).hasSize(1);
      }
    }
  }

  private static void add(List<Row> rows, String id, int status, String... more) {
    rows.add(new Row(id, status, Optional.empty(), get(more)));
  }

  private static List<String> get(String... more) {
    List<String> fields = new ArrayList<>();
    List<String> head =
        List.of(":method", "GET", ":scheme", "http", ":authority", "test", ":path", "/{id}");
    fields.addAll(head);
    fields.addAll(List.of(more));
    return fields;
  }

  private static Row row(String id, int status, String... fields) {
    return new Row(id, status, Optional.empty(), List.of(fields));
  }

  private static Row head(String id, int status, String method, String path) {
    return row(
        id, status, ":method", method, ":scheme", "http", ":authority", "test", ":path", path);
  }

  private static Row authority(String id, int status, String authority) {
    return row(
        id, status, ":method", "GET", ":scheme", "http", ":authority", authority, ":path", "/{id}");
  }

  private static Row body(String id, int status, String text, String... more) {
    List<String> fields = new ArrayList<>(get(more));
    fields.set(1, "POST");
    return new Row(id, status, Optional.of(text), fields);
  }

  // ---- what is passed on ------------------------------------------------------------------

  @Test
  void crumbsBecomeOneCookieAndAliasesAreDropped() throws Exception {
    try (Http2Client client = client()) {
      client.headers(
          1,
          true,
          ":method",
          "GET",
          ":scheme",
          "http",
          ":authority",
          "Test:80",
          ":path",
          "/crumbs",
          "cookie",
          "a=1",
          "x_forwarded_for",
          "9.9.9.9",
          "cookie",
          "b=2",
          "te",
          "trailers");
      assertThat(client.response(1).status()).isEqualTo(200);
    }
    StrictHttpParser.Request seen = seen("/crumbs");
    assertThat(seen.fieldsNamed("cookie")).containsExactly("a=1; b=2");
    assertThat(seen.field("Host")).contains("test:80");
    assertThat(seen.fields()).noneMatch(field -> field.name().contains("_"));
    assertThat(seen.field("TE")).contains("trailers");
  }

  @Test
  void trailersPassWhenTheyAreAllowed() throws Exception {
    try (Http2Client client = client()) {
      Http2Client.Response response = client.get(1, "/trailers").response(1);
      assertThat(response.text()).isEqualTo("ab");
      assertThat(response.trailer("grpc-status")).contains("0");
      assertThat(response.trailer("x-sum")).contains("7");
      assertThat(response.trailer("x-other")).isEmpty();
      assertThat(response.trailer("set-cookie")).isEmpty();
    }
    try (RawClient client = gateway.client("web")) {
      client.send("GET /trailers HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\n\r\n");
      assertThat(client.readUntil("\r\n0\r\n")).endsWith("ab\r\n0\r\n");
      assertThat(client.readUntil("\r\n\r\n").toLowerCase(java.util.Locale.ROOT))
          .contains("grpc-status: 0", "x-sum: 7")
          .doesNotContain("x-other", "set-cookie");
    }
    try (RawClient client = gateway.client("web")) {
      client.send("GET /trailers HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readResponse().text()).isEqualTo("ab"); // and no trailers, unasked
    }
  }

  @Test
  void requestTrailersPassToo() throws Exception {
    try (Http2Client client = client()) {
      client
          .headers(
              1,
              false,
              ":method",
              "POST",
              ":scheme",
              "http",
              ":authority",
              "test",
              ":path",
              "/sends-trailers")
          .data(1, false, "abc")
          .headers(1, true, "x-sum", "9", "x-other", "1", "authorization", "x");
      assertThat(client.response(1).status()).isEqualTo(200);
    }
    assertThat(seen("/sends-trailers").trailers())
        .containsExactly(new StrictHttpParser.Field("x-sum", "9"));
  }

  @Test
  void malformedTrailersResetTheStream() throws Exception {
    try (Http2Client client = client()) {
      client
          .headers(
              1,
              false,
              ":method",
              "POST",
              ":scheme",
              "http",
              ":authority",
              "test",
              ":path",
              "/bad-trailers")
          .data(1, false, "abc")
          .headers(1, true, ":path", "/x");
      assertThat(client.response(1).resetCode()).isEqualTo(PROTOCOL_ERROR);
      assertThat(client.get(3, "/after").response(3).status()).isEqualTo(200);
    }
    assertThat(upstream.requests()).noneMatch(r -> r.target().startsWith("/bad-trailers"));
  }

  @Test
  void interimResponsesPass() throws Exception {
    try (Http2Client client = client()) {
      Http2Client.Response response = client.get(1, "/early-hints").response(1);
      assertThat(response.interim()).containsExactly(103);
      assertThat(response.text()).isEqualTo("after");
    }
    try (RawClient client = gateway.client("web")) {
      client.send("GET /early-hints HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readUntil("\r\n\r\n"))
          .startsWith("HTTP/1.1 103")
          .contains("Link: </a.css>");
      assertThat(client.readResponse().text()).isEqualTo("after");
    }
  }

  @Test
  void weSayContinueOrAskTheUpstreamFirst() throws Exception {
    String[] head = {
      ":method",
      "POST",
      ":scheme",
      "http",
      ":authority",
      "test",
      ":path",
      "/expects",
      "expect",
      "100-continue",
      "content-length",
      "2"
    };
    try (Http2Client client = client()) {
      client.headers(1, false, head);
      Http2Client.Frame said = client.await(Http2Client.HEADERS);
      assertThat(said.has(Http2Client.END_STREAM)).isFalse();
      client.data(1, true, "ab");
      assertThat(client.response(1).text()).isEqualTo("seen");
    }
    assertThat(seen("/expects").field("Expect")).isEmpty();
    head[7] = "/asked/refuses";
    try (Http2Client client = client()) {
      client.headers(1, false, head); // the body is never sent: nobody asked for it
      client.data(1, true, "ab");
      assertThat(client.response(1).status()).isEqualTo(200);
    }
    assertThat(seen("/asked/refuses").field("Expect")).contains("100-continue");
  }

  @Test
  void aWindowIsGivenBackOnlyForWhatWasPassedOn() throws Exception {
    try (Http2Client client = client()) {
      client.headers(
          1, false, ":method", "POST", ":scheme", "http", ":authority", "test", ":path", "/flows");
      byte[] piece = new byte[16 * 1024];
      for (int i = 0; i < 16; i++) client.data(1, false, piece);
      // The window of 256 KiB is used up: what was passed on must have come back to go on.
      int back = 0;
      while (back < 16 * piece.length / 2) {
        Http2Client.Frame update = client.await(Http2Client.WINDOW_UPDATE);
        if (update.stream() == 1) back += update.number(0);
      }
      client.data(1, true, piece);
      assertThat(client.response(1).status()).isEqualTo(200);
    }
    assertThat(seen("/flows").body()).hasSize(17 * 16 * 1024);
  }

  @Test
  void aResponseWaitsForTheClientsWindow() throws Exception {
    try (Http2Client client = client().withoutWindowUpdates()) {
      client.get(1, "/big");
      int got = 0;
      while (got < 65_535) got += client.await(Http2Client.DATA).payload().length;
      assertThat(got).isEqualTo(65_535);
      // Another stream is answered with what is not body, though this one is stuck.
      client.headers(
          3, true, ":method", "HEAD", ":scheme", "http", ":authority", "test", ":path", "/head");
      assertThat(client.response(3).status()).isEqualTo(200);
      client
          .frame(Http2Client.WINDOW_UPDATE, 0, 0, Http2Client.number(1 << 20))
          .frame(Http2Client.WINDOW_UPDATE, 0, 1, Http2Client.number(1 << 20));
      assertThat(client.response(1).body().length + got).isEqualTo(300_000);
    }
  }

  @Test
  void errorsOfGrpcCallsAreInItsWords() throws Exception {
    try (Http2Client client = client()) {
      client.headers(
          1,
          true,
          ":method",
          "POST",
          ":scheme",
          "http",
          ":authority",
          "test",
          ":path",
          "/nobody/Call",
          "content-type",
          "application/grpc",
          "te",
          "trailers");
      Http2Client.Response response = client.response(1);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.field("grpc-status")).contains("14");
      assertThat(response.field("content-type")).contains("application/grpc");
    }
  }

  @Test
  void moreConcurrentRequestsThanAllowedAreRefused() throws Exception {
    try (Http2Client client = client()) {
      for (int i = 0; i < 129; i++) {
        client.headers(
            2 * i + 1,
            false,
            ":method",
            "POST",
            ":scheme",
            "http",
            ":authority",
            "test",
            ":path",
            "/many");
      }
      assertThat(client.response(257).resetCode()).isEqualTo(REFUSED_STREAM);
      client.data(1, true, "x");
      assertThat(client.response(1).status()).isEqualTo(200);
      client.headers(
          259, true, ":method", "GET", ":scheme", "http", ":authority", "test", ":path", "/many");
      assertThat(client.response(259).status()).isEqualTo(200);
    }
  }

  // ---- versions ---------------------------------------------------------------------------

  @Test
  void aPortWithoutH2cDoesNotSpeakIt() throws Exception {
    try (RawClient client = gateway.client("plain")) {
      client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(505);
    }
    try (RawClient client = gateway.client("web")) {
      client.send(
          "GET /upgrades HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
      assertThat(client.readResponse().status()).isEqualTo(200);
    }
    assertThat(seen("/upgrades").field("Upgrade")).isEmpty();
    assertThat(seen("/upgrades").field("HTTP2-Settings")).isEmpty();
  }

  @Test
  void aProxyTunnelsAndForwardsOverHttp2() throws Exception {
    String origin = "127.0.0.1:" + upstream.port();
    try (Http2Client client = Http2Client.connect(gateway.port("mixed")).start()) {
      client.headers(
          1, true, ":method", "GET", ":scheme", "http", ":authority", origin, ":path", "/proxied");
      assertThat(client.response(1).text()).isEqualTo("seen");
      client.headers(3, false, ":method", "CONNECT", ":authority", origin);
      client.data(3, true, "GET /tunnelled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      Http2Client.Response response = client.response(3);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).startsWith("HTTP/1.1 200").endsWith("seen");
      assertThat(client.get(5, "/still").response(5).status()).isNotEqualTo(0);
    }
    assertThat(seen("/proxied").fieldsNamed("Host")).containsExactly(origin);
    seen("/tunnelled");
  }

  @Test
  void extendedConnectNeedsTheSettingAndAKnownProtocol() throws Exception {
    String[] head = {
      ":method",
      "CONNECT",
      ":protocol",
      "connect-udp",
      ":scheme",
      "http",
      ":authority",
      "test",
      ":path",
      "/socket"
    };
    try (Http2Client client = client()) {
      client.headers(1, false, head);
      assertThat(client.response(1).status()).isEqualTo(501);
    }
    try (Http2Client client = Http2Client.connect(gateway.port("mixed")).start()) {
      client.headers(1, false, head); // was never offered there
      assertThat(client.response(1).resetCode()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  // ---- the way out ------------------------------------------------------------------------

  @Test
  void aRemovedListenerSaysGoAwayTwiceAndEndsItsStreams() throws Exception {
    String yaml = CONFIG.replace("@UP@", Integer.toString(upstream.port()));
    try (GatewayFixture other = GatewayFixture.start(yaml);
        Http2Client client = Http2Client.connect(other.port("echo")).start()) {
      client.headers(
          1, false, ":method", "POST", ":scheme", "http", ":authority", "test", ":path", "/");
      client.data(1, false, "a");
      client.await(Http2Client.DATA);
      other.replaceConfig(yaml.replaceAll("(?m)^  echo: .*\n", ""));
      other.control("/reload");
      assertThat(client.await(Http2Client.GOAWAY).number(0)).isEqualTo(Integer.MAX_VALUE);
      assertThat(client.await(Http2Client.GOAWAY).number(0)).isEqualTo(1);
      client.data(1, true, "b");
      assertThat(client.response(1).text()).isEqualTo("b");
      client.awaitEnd();
    }
  }

  @Test
  void aNewStreamSeesNewRoutes() throws Exception {
    String yaml = CONFIG.replace("@UP@", Integer.toString(upstream.port()));
    try (GatewayFixture other = GatewayFixture.start(yaml);
        Http2Client client = Http2Client.connect(other.port("web")).start()) {
      assertThat(client.get(1, "/a").response(1).status()).isEqualTo(200);
      other.replaceConfig(
          yaml.replace(
              "{ match: { path: /* }, upstream: up, websocket: true }",
              "{ match: { path: /* }, respond: { status: 410 } }"));
      other.control("/reload");
      assertThat(client.get(3, "/a").response(3).status()).isEqualTo(410);
    }
  }

  private static StrictHttpParser.Request seen(String path) throws IOException {
    return upstream.requests().stream()
        .filter(request -> request.target().startsWith(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the upstream never saw " + path));
  }
}
