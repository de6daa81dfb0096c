package io.fairlead.net.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestScannerTest {
  static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 32 * 1024, 16 * 1024, 100);

  static Stream<FramingTable.Row> refused() {
    return FramingTable.heads();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(FramingTable.Row row) {
    RequestScanner scanner = scanner();
    assertThat(scanner.feed(bytes(row.input()))).isEqualTo(HeadScanner.Progress.REJECTED);
    assertThat(scanner.reject()).isEqualTo(row.reject());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesByteByByteForTheSameReason(FramingTable.Row row) {
    RequestScanner scanner = scanner();
    HeadScanner.Progress progress = HeadScanner.Progress.MORE;
    for (int i = 0; i < row.input().length() && progress == HeadScanner.Progress.MORE; i++) {
      progress = scanner.feed(bytes(row.input().substring(i, i + 1)));
    }
    assertThat(progress).isEqualTo(HeadScanner.Progress.REJECTED);
    assertThat(scanner.reject()).isEqualTo(row.reject());
  }

  @Test
  void everySplitGivesTheSameHeadAndLeavesTheRest() {
    String head =
        "\r\nPOST http://Host:81/p?q HTTP/1.1\r\nHost: other\r\nA:\t b \r\nX_Y: z\r\n"
            + "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nTransfer-Encoding: CHUNKED\r\n\r\n";
    String all = head + "5\r\nbody";
    for (int cut = 0; cut <= all.length(); cut++) {
      RequestScanner scanner = scanner();
      ByteBuf first = bytes(all.substring(0, cut));
      HeadScanner.Progress progress = scanner.feed(first);
      ByteBuf last = first;
      if (cut < head.length()) {
        assertThat(progress).isEqualTo(HeadScanner.Progress.MORE);
        assertThat(first.isReadable()).isFalse();
        last = bytes(all.substring(cut));
        progress = scanner.feed(last);
      }
      assertThat(progress).isEqualTo(HeadScanner.Progress.COMPLETE);
      String rest = last.toString(StandardCharsets.ISO_8859_1);
      assertThat("5\r\nbody").startsWith(rest);
      assertThat(scanner.authority()).isEqualTo("host:81");
      assertThat(scanner.pathAndQuery()).isEqualTo("/p?q");
      assertThat(scanner.chunked()).isTrue();
      assertThat(scanner.size()).isEqualTo(5);
      assertThat(scanner.droppedAliases()).isEqualTo(1);
      assertThat(scanner.value(1)).isEqualTo("b");
      assertThat(scanner.endToEnd(1)).isTrue();
      assertThat(scanner.endToEnd(3)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /a?b HTTP/1.1, ORIGIN, h, /a?b, 1",
    "GET /a HTTP/1.2, ORIGIN, h, /a, 1",
    "GET /a HTTP/1.9, ORIGIN, h, /a, 1",
    "GET /a HTTP/1.0, ORIGIN, h, /a, 0",
    "get /a HTTP/1.1, ORIGIN, h, /a, 1",
    "OPTIONS * HTTP/1.1, ASTERISK, h, *, 1",
    "GET http://X.example HTTP/1.1, ABSOLUTE, x.example, /, 1",
    "GET HTTP://X.example:80?q HTTP/1.1, ABSOLUTE, x.example:80, /?q, 1",
    "OPTIONS http://x HTTP/1.1, ABSOLUTE, x, *, 1",
    "GET https://[2001:db8::1]:8443/p HTTP/1.1, ABSOLUTE, [2001:db8::1]:8443, /p, 1",
    "CONNECT X.example:443 HTTP/1.1, AUTHORITY, x.example:443, '', 1",
  })
  void understandsTheFourTargetForms(
      String line, RequestScanner.Form form, String authority, String path, int minor) {
    RequestScanner scanner = complete(line + "\r\nHost: H\r\n\r\n");
    assertThat(scanner.form()).isEqualTo(form);
    assertThat(scanner.authority()).isEqualTo(authority);
    assertThat(scanner.pathAndQuery()).isEqualTo(path);
    assertThat(scanner.minorVersion()).isEqualTo(minor);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a:80", "a:", "1.2.3.4", "[::1]", "[::1]:80", "A-b_c~d.e"})
  void acceptsHosts(String host) {
    assertThat(complete("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").authority()).isNotEmpty();
  }

  @Test
  void http10NeedsNoHost() {
    assertThat(complete("GET / HTTP/1.0\r\n\r\n").authority()).isEmpty();
    assertThat(complete("GET / HTTP/1.0\r\nHost:\r\n\r\n").authority()).isEmpty();
  }

  @Test
  void strictAuthorityRefusesAnotherHost() {
    RequestScanner strict = new RequestScanner(LIMITS, RequestScanner.Aliases.KEEP, true);
    String[] same = {"x", "X", "x:80"};
    for (String host : same) {
      strict.reset(LIMITS, RequestScanner.Aliases.KEEP, true);
      String head = "GET http://x/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
      assertThat(strict.feed(bytes(head))).isEqualTo(HeadScanner.Progress.COMPLETE);
    }
    strict.reset(LIMITS, RequestScanner.Aliases.KEEP, true);
    strict.feed(bytes("GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n"));
    assertThat(strict.reject()).isEqualTo(Reject.AUTHORITY_MISMATCH);
  }

  @ParameterizedTest
  @CsvSource({"X_Forwarded_For", "Transfer_Encoding", "Content.Length"})
  void row18AliasesAreDroppedKeptOrRefused(String name) {
    String head = "GET / HTTP/1.1\r\nHost: a\r\n" + name + ": 1\r\n\r\n";
    RequestScanner scanner = scanner();
    assertThat(scanner.feed(bytes(head))).isEqualTo(HeadScanner.Progress.COMPLETE);
    assertThat(scanner.size()).isEqualTo(1);
    scanner.reset(LIMITS, RequestScanner.Aliases.KEEP, false);
    assertThat(scanner.feed(bytes(head))).isEqualTo(HeadScanner.Progress.COMPLETE);
    assertThat(scanner.name(1)).isEqualTo(name);
    scanner.reset(LIMITS, RequestScanner.Aliases.REJECT, false);
    assertThat(scanner.feed(bytes(head))).isEqualTo(HeadScanner.Progress.REJECTED);
    assertThat(scanner.reject()).isEqualTo(Reject.ALIAS_FIELD);
  }

  @ParameterizedTest
  @CsvSource({
    "1.1, '', true",
    "1.1, close, false",
    "1.1, 'Keep-Alive, CLOSE', false",
    "1.0, '', false",
    "1.0, keep-alive, true",
  })
  void knowsWhetherTheClientStays(String version, String connection, boolean stays) {
    String field = connection.isEmpty() ? "" : "Connection: " + connection + "\r\n";
    String head = "GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n";
    assertThat(complete(head).keepAlive()).isEqualTo(stays);
  }

  @ParameterizedTest
  @CsvSource({
    "Upgrade, websocket, true",
    "'keep-alive, upgrade', WebSocket, true",
    "keep-alive, websocket, false",
    "Upgrade, h2c, false",
    "Upgrade, 'websocket, h2c', false",
  })
  void onlyTheExactTokenUpgrades(String connection, String upgrade, boolean yes) {
    String head =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: %s\r\nUpgrade: %s\r\n\r\n"
            .formatted(connection, upgrade);
    assertThat(complete(head).upgradesToWebSocket()).isEqualTo(yes);
  }

  @Test
  void aScannerForgetsItsLastHead() {
    RequestScanner scanner = scanner();
    scanner.feed(bytes("POST / HTTP/1.0\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"));
    scanner.reset(LIMITS, RequestScanner.Aliases.DROP, false);
    scanner.feed(bytes("GET /next HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertThat(scanner.contentLength()).isEqualTo(-1);
    assertThat(scanner.keepAlive()).isTrue();
    assertThat(scanner.target()).isEqualTo("/next");
  }

  static RequestScanner scanner() {
    return new RequestScanner(LIMITS, RequestScanner.Aliases.DROP, false);
  }

  static ByteBuf bytes(String latin1) {
    return Unpooled.wrappedBuffer(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static RequestScanner complete(String head) {
    RequestScanner scanner = scanner();
    HeadScanner.Progress progress = scanner.feed(bytes(head));
    assertThat(progress == HeadScanner.Progress.REJECTED ? scanner.reject().code() : "complete")
        .isEqualTo("complete");
    return scanner;
  }
}
