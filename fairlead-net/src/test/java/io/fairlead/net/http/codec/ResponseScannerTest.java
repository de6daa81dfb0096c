package io.fairlead.net.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseScannerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 O\rK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: content-length\r\n\r\n",
      })
  void refuses(String response) {
    ResponseScanner whole = scanner(false);
    assertThat(whole.feed(RequestScannerTest.bytes(response)))
        .isEqualTo(HeadScanner.Progress.REJECTED);
    ResponseScanner parts = scanner(false);
    HeadScanner.Progress progress = HeadScanner.Progress.MORE;
    for (int i = 0; i < response.length() && progress == HeadScanner.Progress.MORE; i++) {
      progress = parts.feed(RequestScannerTest.bytes(response.substring(i, i + 1)));
    }
    assertThat(progress).isEqualTo(HeadScanner.Progress.REJECTED);
    assertThat(parts.reject()).isEqualTo(whole.reject());
  }

  @ParameterizedTest
  @CsvSource({
    "200, false, '', false, true",
    "200, false, 'Content-Length: 3', false, false",
    "200, false, 'Transfer-Encoding: chunked', false, false",
    "200, true, 'Content-Length: 3', true, false",
    "204, false, '', true, false",
    "304, false, 'Content-Length: 3', true, false",
    "101, false, '', true, false",
  })
  void knowsWhereTheBodyEnds(
      int status, boolean toHead, String field, boolean bodiless, boolean untilClose) {
    ResponseScanner scanner = scanner(toHead);
    String fields = field.isEmpty() ? "" : field + "\r\n";
    String head = "HTTP/1.1 " + status + " X Y\r\n" + fields + "\r\n";
    assertThat(scanner.feed(RequestScannerTest.bytes(head)))
        .isEqualTo(HeadScanner.Progress.COMPLETE);
    assertThat(scanner.status()).isEqualTo(status);
    assertThat(scanner.reason()).isEqualTo("X Y");
    assertThat(scanner.bodiless()).isEqualTo(bodiless);
    assertThat(scanner.untilClose()).isEqualTo(untilClose);
  }

  @Test
  void acceptsAStatusLineWithoutReason() {
    for (String line : new String[] {"HTTP/1.1 200", "HTTP/1.1 200 "}) {
      ResponseScanner scanner = scanner(false);
      assertThat(scanner.feed(RequestScannerTest.bytes(line + "\r\n\r\n")))
          .isEqualTo(HeadScanner.Progress.COMPLETE);
      assertThat(scanner.reason()).isEmpty();
    }
  }

  static ResponseScanner scanner(boolean toHead) {
    ResponseScanner scanner = new ResponseScanner(new HeadLimits(8192, 65_536, 65_536, 1000));
    scanner.reset(toHead);
    return scanner;
  }
}
