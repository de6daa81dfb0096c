package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.http.codec.FramingTable;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of the framing table against a real socket: status, code, close, nothing smuggled. */
class FramingTableTest {
  private static final List<String> ENDED = new CopyOnWriteArrayList<>();
  private static EdgeServer server;

  @BeforeAll
  static void open() {
    server = new EdgeServer(HttpSettings.DEFAULTS.forProxy(), FramingTableTest::handle);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @BeforeEach
  void forget() {
    ENDED.clear();
  }

  static Stream<FramingTable.Row> rows() {
    return Stream.concat(FramingTable.heads(), FramingTable.bodies());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isRefusedAndClosed(FramingTable.Row row) throws IOException {
    String code = row.reject().code();
    double before = server.count("http.rejected", code);
    try (RawClient client = new RawClient(server.port())) {
      // What follows must never be taken for a request.
      client.send(row.input() + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
      String answer = client.readAll();
      assertThat(answer)
          .startsWith("HTTP/1.1 " + row.reject().status() + " ")
          .contains("X-Fairlead-Error: " + code + "\r\n")
          .contains("Connection: close\r\n");
      assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
    }
    assertThat(ENDED).isEmpty();
    assertThat(server.count("http.rejected", code)).isEqualTo(before + 1);
  }

  @Test
  void tlsOnAPlainPortIsToldSo() throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      String hello = "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003";
      assertThat(client.send(hello).readAll())
          .contains("Content-Type: text/plain")
          .contains("speaks HTTP, not HTTPS");
    }
  }

  @Test
  void traceIs405() throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      assertThat(client.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").readAll())
          .startsWith("HTTP/1.1 405 ")
          .contains("Allow: ");
    }
  }

  @Test
  void connectIs405UnlessAllowed() throws IOException {
    try (EdgeServer origin = new EdgeServer(HttpSettings.DEFAULTS, FramingTableTest::handle);
        RawClient client = new RawClient(origin.port())) {
      assertThat(client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").readAll())
          .startsWith("HTTP/1.1 405 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\n", // row 14
        "GET http://b/ok HTTP/1.1\r\nHost: a\r\n\r\n", // row 9
        "GET /ok HTTP/1.7\r\nHost: a\r\n\r\n", // row 12
        "brew /ok HTTP/1.1\r\nHost: a\r\n\r\n", // row 13
        "GET /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", // row 20
        "DELETE /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n2;x\r\nhi\r\n0\r\n\r\n",
        "POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "2\r\nhi\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n", // row 17
        "GET /ok HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n", // row 18
        "POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 02\r\n\r\nhi",
        "GET /ok HTTP/1.1\r\nHost: a\r\nConnection: , keep-alive ,\r\n\r\n",
      })
  void isAcceptedWithTheRightFraming(String input) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      client.send(input + "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      String answers = client.readAll();
      assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(3);
      assertThat(ENDED).containsExactly("/ok", "/next");
    }
  }

  /** Reads the body whole, then answers; records requests that were complete. */
  private static void handle(ServerExchange exchange) {
    String path = exchange.head().pathAndQuery();
    exchange.readBody(
        new BodyReceiver() {
          @Override
          public void onData(ByteBuf data) {
            data.release();
          }

          @Override
          public void onEnd() {
            ENDED.add(path);
            exchange.respond(Answer.text(200, "x"));
          }

          @Override
          public void onFailed(int status, String code) {}
        });
  }
}
