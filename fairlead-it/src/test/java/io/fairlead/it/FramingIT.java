package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ambiguous, broken and odd requests as raw bytes, against the reverse proxy, the mixed port, and a
 * site behind a tunnel. What the upstream gets must parse, strictly, to exactly the requests that
 * were meant.
 *
 * <p>In a row's text {@code {T}} stands for the target: {@code /<id>} for the reverse proxy, the
 * same after scheme and authority for the mixed port; {@code {H}} for the authority.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112 §2–§7</a>
 */
class FramingIT {
  private enum Ingress {
    REVERSE,
    MIXED,
    TUNNEL
  }

  /**
   * One input.
   *
   * @param id row of the table of request framing rules, then a letter
   * @param statuses of the answers, in order; an empty list means closed without an answer
   * @param closes whether the connection must end after the last answer
   * @param upstream bodies of the requests that the upstream must see, in order
   * @param check a further look at what the upstream saw
   */
  private record Row(
      String id,
      Ingress ingress,
      String bytes,
      List<Integer> statuses,
      boolean closes,
      List<String> upstream,
      Consumer<StrictHttpParser.Request> check) {
    @Override
    public String toString() {
      return id + " (" + ingress + ")";
    }
  }

  private static RecordingServer upstream;
  private static GatewayFixture gateway;
  private static TunnelLab tunnels;

  @BeforeAll
  static void start() throws Exception {
    upstream = RecordingServer.http(request -> RecordingServer.response(200, "seen"));
    gateway = GatewayFixture.start(CONFIG.replace("@UP@", Integer.toString(upstream.port())));
    tunnels = TunnelLab.site(upstream.port(), "127.0.0.1", "named.test");
  }

  @AfterAll
  static void stop() throws Exception {
    if (tunnels != null) tunnels.close();
    if (gateway != null) gateway.close();
    if (upstream != null) upstream.close();
  }

  @ParameterizedTest(name = "row {0}")
  @MethodSource("rows")
  void isAnsweredAsTheTableSays(Row row) throws Exception {
    String path = "/" + row.id() + "-" + row.ingress();
    List<Integer> statuses = new ArrayList<>();
    try (RawClient client = client(row.ingress())) {
      client.timeout(Duration.ofSeconds(8)).send(spelled(row, path));
      for (int i = 0; i < row.statuses().size(); i++) {
        StrictHttpParser.Response answer = client.readResponse();
        statuses.add(answer.status());
        if (row.closes() && i == row.statuses().size() - 1 && answer.status() >= 400) {
          assertThat(answer.field("Connection")).as("%s", answer.text()).contains("close");
        }
      }
      assertThat(statuses).isEqualTo(row.statuses());
      if (row.closes()) {
        client.awaitEnd();
      } else {
        assertThat(client.silentFor(Duration.ofMillis(50))).as("nothing after the answer").isTrue();
      }
    }
    List<StrictHttpParser.Request> seen = seenBelow(path);
    assertThat(seen).extracting(StrictHttpParser.Request::text).isEqualTo(row.upstream());
    for (StrictHttpParser.Request request : seen) row.check().accept(request);
  }

  private static RawClient client(Ingress ingress) throws IOException {
    return switch (ingress) {
      case REVERSE -> gateway.client("web");
      case MIXED -> gateway.client("mixed");
      case TUNNEL -> tunnels.server().client("web");
    };
  }

  @Test
  void nothingThatReachedTheUpstreamWasEverAmbiguous() throws Exception {
    // Whatever order the rows run in, the recording holds what they left; here is one more of both.
    for (String listener : List.of("web", "mixed")) {
      try (RawClient client = gateway.client(listener)) {
        String target = listener.equals("web") ? "/last" : "http://" + authority() + "/last";
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + authority() + "\r\n\r\n");
        assertThat(client.readResponse().status()).isEqualTo(200);
      }
    }
    for (RecordingServer.Conversation conversation : upstream.conversations()) {
      parsed(conversation.received());
    }
    assertThat(upstream.failures()).allMatch(EOFException.class::isInstance);
  }

  /** Complete requests whose target begins with that path, on all connections. */
  private static List<StrictHttpParser.Request> seenBelow(String path) throws IOException {
    List<StrictHttpParser.Request> seen = new ArrayList<>();
    for (RecordingServer.Conversation conversation : upstream.conversations()) {
      byte[] received = conversation.received();
      if (!new String(received, ISO_8859_1).contains(path)) continue;
      for (StrictHttpParser.Request request : parsed(received)) {
        if (request.target().startsWith(path)) seen.add(request);
      }
    }
    return seen;
  }

  /** The complete requests of a stream; anything ambiguous throws, an unfinished last one not. */
  private static List<StrictHttpParser.Request> parsed(byte[] stream) throws IOException {
    InputStream in = new ByteArrayInputStream(stream);
    List<StrictHttpParser.Request> requests = new ArrayList<>();
    try {
      for (Optional<StrictHttpParser.Request> next = StrictHttpParser.request(in);
          next.isPresent();
          next = StrictHttpParser.request(in)) {
        requests.add(next.get());
      }
    } catch (EOFException cut) {
      // A request that was cut off can end no other way than with its connection.
    }
    return requests;
  }

  private static String spelled(Row row, String path) {
    String target = row.ingress() == Ingress.MIXED ? "http://" + authority() + path : path;
    return row.bytes().replace("{T}", target).replace("{H}", authority()).replace("{P}", path);
  }

  private static String authority() {
    return "127.0.0.1:" + upstream.port();
  }

  // --- the table
  // ------------------------------------------------------------------------------------

  static Stream<Row> rows() {
    Rows rows = new Rows();
    String post = "POST {T} HTTP/1.1\r\nHost: {H}\r\n";
    String get = "GET {T} HTTP/1.1\r\nHost: {H}\r\n";
    String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";

    rows.refused(
        "1a", 400, post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    rows.refused(
        "1b", 400, post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n");
    rows.refused("2a", 400, post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na");
    rows.refused("2b", 400, post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    rows.refused("2c", 400, post + "Content-Length: 1, 1\r\n\r\na");
    rows.refused("2d", 400, post + "Content-Length: +1\r\n\r\na");
    rows.refused("2e", 400, post + "Content-Length: -0\r\n\r\n");
    rows.refused("2f", 400, post + "Content-Length: 0x1\r\n\r\na");
    rows.refused("2g", 400, post + "Content-Length: 1 1\r\n\r\naaaaaaaaaaa");
    rows.refused("2h", 400, post + "Content-Length:\r\n\r\n");
    rows.refused("2i", 400, post + "Content-Length: 1_0\r\n\r\naaaaaaaaaa");
    rows.refused("2j", 400, post + "Content-Length: 99999999999999999999999\r\n\r\n");
    rows.refused("2k", 400, post + "Content-Length: 5,5\r\n\r\nabcde");
    int letter = 'a';
    for (String coding :
        List.of(
            "xchunked",
            "gzip",
            "identity",
            "",
            "chunked, gzip",
            "chunked, chunked",
            "\u000bchunked",
            "\fchunked",
            "\u00a0chunked",
            "chunked\u0000",
            "chunked;q=1",
            "\"chunked\"")) {
      rows.refused(
          "3" + (char) letter++, 400, post + "Transfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n");
    }
    rows.refused(
        "3w",
        400,
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    rows.refused(
        "3x", 400, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n");
    rows.refused(
        "3y", 400, "POST {T} HTTP/1.0\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    rows.refused("3z", 400, post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n");
    rows.refused("4a", 501, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    rows.passed("4b", post + "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\n\r\n", "ab");
    rows.refused("5a", 400, post + "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n");
    rows.refused("5b", 400, post + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n");
    rows.refused("6a", 400, get + "X-A: one\r\n two\r\n\r\n");
    rows.refused("6b", 400, get + "X-A: one\r\n\ttwo\r\n\r\n");
    rows.refused("6c", 400, post + "Content-Length:\r\n 3\r\n\r\nabc");
    rows.refused("7a", 400, "GET {T} HTTP/1.1\nHost: {H}\n\n");
    rows.refused("7b", 400, "GET {T} HTTP/1.1\r\nHost: {H}\nX-A: b\r\n\r\n");
    rows.refused("7c", 400, get + "X-A: b\rX-B: c\r\n\r\n");
    rows.refused("7d", 400, get + "X-A: b\u0000c\r\n\r\n");
    rows.refused("7e", 400, get + "X-A: b\u0001c\r\n\r\n");
    rows.refused("7f", 400, get + "X-A: b\u007fc\r\n\r\n");
    rows.refused("7g", 400, get + "X-A\r\n\r\n");
    rows.refused("7h", 400, get + ": b\r\n\r\n");
    rows.refused("7i", 400, get + "X A: b\r\n\r\n");
    rows.refused("7j", 400, get + "X(A): b\r\n\r\n");
    rows.refused("7k", 400, "GET {T} HTTP/1.1\r\n Host: {H}\r\n\r\n");
    rows.refused("7l", 400, get + "X-A : b\r\n\r\n");
    rows.refused("7m", 400, get + "X-A: b\r\r\n\r\n");
    rows.refused("8a", 400, "GET {T} HTTP/1.1\r\n\r\n");
    rows.refused("8b", 400, get + "Host: {H}\r\n\r\n");
    rows.refused("8c", 400, get + "Host: other.test\r\n\r\n");
    letter = 'd';
    for (String host : List.of("a@b", "a/b", "a b", "a,b", "", "a:b", "a:99999", "a?b", "[::1")) {
      rows.refused("8" + (char) letter++, 400, "GET {T} HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }
    rows.add(
        "9a",
        Ingress.REVERSE,
        "GET http://named.test{T} HTTP/1.1\r\nHost: other.test\r\n\r\n",
        List.of(200),
        false,
        List.of(""),
        request -> {
          assertThat(request.fieldsNamed("Host")).hasSize(1).doesNotContain("other.test");
          assertThat(request.field("X-Forwarded-Host")).contains("named.test");
        });
    rows.add(
        "9b",
        Ingress.MIXED,
        "GET {T} HTTP/1.1\r\nHost: other.test\r\n\r\n",
        List.of(200),
        false,
        List.of(""),
        request -> assertThat(request.fieldsNamed("Host")).containsExactly(authority()));
    rows.refused("10a", 400, "GET  {T} HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("10b", 400, "GET {T}  HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("10c", 400, "GET\t{T} HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("10d", 400, "GET {T}\tHTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("10e", 400, "GET {T} HTTP/1.1 \r\nHost: {H}\r\n\r\n");
    rows.refused("10f", 400, "GET {T} x HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("10g", 400, "GET {T}\r\n\r\n");
    rows.refused("11a", 400, "GET {T}#part HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("11b", 400, "GET {T}\u0001 HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("11c", 400, "GET {T}\u00e9 HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("11d", 400, "GET {T}\u007f HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.passed("12a", "GET {T} HTTP/1.2\r\nHost: {H}\r\n\r\n", "");
    rows.passed("12b", "GET {T} HTTP/1.9\r\nHost: {H}\r\n\r\n", "");
    rows.refused("12c", 505, "GET {T} HTTP/2.0\r\nHost: {H}\r\n\r\n");
    rows.refused("12d", 505, "GET {T} HTTP/3.0\r\nHost: {H}\r\n\r\n");
    rows.refused("12e", 400, "GET {T} http/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("12f", 400, "GET {T} HTTP/1\r\nHost: {H}\r\n\r\n");
    rows.refused("12g", 400, "GET {T} HTTP/01.1\r\nHost: {H}\r\n\r\n");
    rows.refused("12h", 400, "GET {T} HTTP/1.10\r\nHost: {H}\r\n\r\n");
    rows.both(
        "13a",
        "get {T} HTTP/1.1\r\nHost: {H}\r\n\r\n",
        List.of(200),
        false,
        List.of(""),
        request -> assertThat(request.method()).isEqualTo("get"));
    rows.both(
        "13b",
        "BREW {T} HTTP/1.1\r\nHost: {H}\r\n\r\n",
        List.of(200),
        false,
        List.of(""),
        request -> assertThat(request.method()).isEqualTo("BREW"));
    rows.refused("13c", 400, "GE(T {T} HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.add("14a", Ingress.REVERSE, "\r\n\r\n" + get + "\r\n", List.of(200), false, List.of(""));
    rows.add("14b", Ingress.REVERSE, "\r\n\r\n\r\n" + get + "\r\n", List.of(400), true, List.of());
    rows.both(
        "14c",
        get + "\r\n" + "\r\n\r\n" + get + "\r\n",
        List.of(200, 200),
        false,
        List.of("", ""),
        request -> {});
    rows.refused("15a", 400, chunked + "2\nab\r\n0\r\n\r\n");
    rows.refused("15b", 400, chunked + "2;a\nb\r\nab\r\n0\r\n\r\n");
    rows.refused("15c", 400, chunked + "2;a\rb\r\nab\r\n0\r\n\r\n");
    rows.refused("15d", 400, chunked + "2;a\u0000b\r\nab\r\n0\r\n\r\n");
    rows.refused("15e", 400, chunked + "2;a=\"b\r\nc\"\r\nab\r\n0\r\n\r\n");
    rows.refused("15f", 400, chunked + "2\r\nab0\r\n\r\n");
    rows.refused("15g", 400, chunked + "2\r\nabc\r\n0\r\n\r\n");
    rows.refused("15h", 400, chunked + "+2\r\nab\r\n0\r\n\r\n");
    rows.refused("15i", 400, chunked + "-2\r\nab\r\n0\r\n\r\n");
    rows.refused("15j", 400, chunked + "0x2\r\nab\r\n0\r\n\r\n");
    rows.refused("15k", 400, chunked + " 2\r\nab\r\n0\r\n\r\n");
    rows.refused("15l", 400, chunked + "2 \r\nab\r\n0\r\n\r\n");
    rows.refused("15m", 400, chunked + "1_0\r\nab\r\n0\r\n\r\n");
    rows.refused("15n", 400, chunked + "ffffffffffffffffff\r\nab\r\n0\r\n\r\n");
    rows.refused("15o", 400, chunked + "\r\nab\r\n0\r\n\r\n");
    rows.refused("15p", 400, chunked + "g\r\nab\r\n0\r\n\r\n");
    rows.refused("15q", 400, chunked + "2\r\nab\n0\r\n\r\n");
    rows.refused("15r", 400, chunked + "2\r\nab\r\n0\r\nX: y\n\r\n");
    rows.passed("15s", chunked + "A\r\n0123456789\r\n2\r\nab\r\n0\r\n\r\n", "0123456789ab");
    rows.refused("16a", 400, chunked + "2;\r\nab\r\n0\r\n\r\n");
    rows.passed("16b", chunked + "2;a=b\r\nab\r\n0\r\n\r\n", "ab");
    rows.refused("16c", 400, chunked + "2;a=" + "b".repeat(1100) + "\r\nab\r\n0\r\n\r\n");
    rows.both(
        "17a",
        chunked
            + "2\r\nab\r\n0\r\nContent-Length: 5\r\nHost: evil.test\r\n"
            + "Transfer-Encoding: gzip\r\nAuthorization: x\r\nCookie: a=b\r\n\r\n",
        List.of(200),
        false,
        List.of("ab"),
        request -> {
          assertThat(request.trailers()).isEmpty();
          assertThat(request.fieldsNamed("Host")).hasSize(1).doesNotContain("evil.test");
          assertThat(request.field("Authorization")).isEmpty();
          assertThat(request.field("Cookie")).isEmpty();
        });
    rows.both(
        "18a",
        post
            + "Content-Length: 2\r\nTransfer_Encoding: chunked\r\nContent_Length: 9\r\n"
            + "X_Forwarded_For: 1.2.3.4\r\n\r\nab",
        List.of(200),
        false,
        List.of("ab"),
        request -> assertThat(request.fields()).noneMatch(field -> field.name().contains("_")));
    rows.add(
        "19a",
        Ingress.MIXED,
        "CONNECT {H} HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\n\r\nab",
        List.of(400),
        true,
        List.of());
    rows.add(
        "19b",
        Ingress.MIXED,
        "CONNECT {H} HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        List.of(400),
        true,
        List.of());
    rows.add(
        "19c",
        Ingress.REVERSE,
        "CONNECT {H} HTTP/1.1\r\nHost: {H}\r\n\r\n",
        List.of(405),
        true,
        List.of());
    letter = 'a';
    for (String method : List.of("GET", "DELETE", "OPTIONS")) {
      String head = method + " {T} HTTP/1.1\r\nHost: {H}\r\n";
      rows.passed("20" + (char) letter++, head + "Content-Length: 2\r\n\r\nab", "ab");
      rows.passed(
          "20" + (char) letter++,
          head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
          "ab");
    }
    rows.both(
        "20x",
        get + "Content-Length: 2\r\n\r\nab" + get + "\r\n",
        List.of(200, 200),
        false,
        List.of("ab", ""),
        request -> {});
    // A body that looks like a request is a body.
    String hidden = "GET {P}-hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    rows.both(
        "20y",
        chunked + "0\r\n\r\n" + get + "\r\n",
        List.of(200, 200),
        false,
        List.of("", ""),
        request -> assertThat(request.target()).doesNotContain("hidden"));
    rows.refused("20z", 400, post + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + hidden);

    // security rows that the table of framing rules does not have
    rows.refused("s1", 400, get + "Connection: host\r\n\r\n");
    rows.refused("s2", 400, post + "Content-Length: 2\r\nConnection: content-length\r\n\r\nab");
    rows.refused(
        "s3",
        400,
        post + "Transfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n\r\n0\r\n\r\n");
    rows.both(
        "s4",
        get + "Connection: x-private\r\nX-Private: 1\r\nX-Public: 2\r\nTE: gzip\r\n\r\n",
        List.of(200),
        false,
        List.of(""),
        request -> {
          assertThat(request.field("X-Private")).isEmpty();
          assertThat(request.field("X-Public")).contains("2");
          assertThat(request.field("TE")).isEmpty();
        });
    rows.refused("s5", 405, "TRACE {T} HTTP/1.1\r\nHost: {H}\r\n\r\n");
    rows.refused("s6", 417, get + "Expect: 200-ok\r\n\r\n");
    return rows.all.stream();
  }

  /** The rows, as they are written down. */
  private static final class Rows {
    private final List<Row> all = new ArrayList<>();

    /** Refused with that status, closed, never completed upstream; on both ports. */
    void refused(String id, int status, String bytes) {
      both(id, bytes, List.of(status), true, List.of(), _ -> {});
    }

    /** Passed on as one request of that body; on both ports. */
    void passed(String id, String bytes, String body) {
      both(
          id,
          bytes,
          List.of(200),
          false,
          List.of(body),
          request -> assertThat(request.minorVersion()).isEqualTo(1));
    }

    void both(
        String id,
        String bytes,
        List<Integer> statuses,
        boolean closes,
        List<String> upstream,
        Consumer<StrictHttpParser.Request> check) {
      for (Ingress ingress : Ingress.values()) {
        add(id, ingress, bytes, statuses, closes, upstream, check);
      }
    }

    void add(
        String id,
        Ingress ingress,
        String bytes,
        List<Integer> statuses,
        boolean closes,
        List<String> upstream) {
      add(id, ingress, bytes, statuses, closes, upstream, _ -> {});
    }

    void add(
        String id,
        Ingress ingress,
        String bytes,
        List<Integer> statuses,
        boolean closes,
        List<String> upstream,
        Consumer<StrictHttpParser.Request> check) {
      all.add(new Row(id, ingress, bytes, statuses, closes, upstream, check));
    }
  }

  private static final String CONFIG =
      """
      limits: { connections_per_ip: off, new_connections_per_ip: off }
      listeners:
        web: { bind: "127.0.0.1:0", proto: http, service: site }
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress: { destinations: { private: allow, connect_ports: all } }
      http:
        site: { default: true, routes: [ { id: all, match: { path: /* }, upstream: up } ] }
      upstreams:
        up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
      """;
}
