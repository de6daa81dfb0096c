package io.fairlead.net.http.codec;

import java.util.List;
import java.util.stream.Stream;

/** Inputs of the framing table (RFC 9112) that must be refused, each with the number of its row. */
public final class FramingTable {
  /** One refused request, as raw bytes. */
  public record Row(String id, String input, Reject reject) {
    @Override
    public String toString() {
      return "row " + id + " " + reject.code();
    }
  }

  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

  private FramingTable() {}

  /** Rows that concern heads. */
  public static Stream<Row> heads() {
    return Stream.of(
            List.of(
                row(
                    "1",
                    POST + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                    Reject.LENGTH_AND_ENCODING),
                row(
                    "1",
                    POST + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                    Reject.LENGTH_AND_ENCODING),
                row(
                    "2",
                    POST + "Content-Length: 3\r\nContent-Length: 3\r\n",
                    Reject.DUPLICATE_LENGTH),
                row(
                    "2",
                    POST + "Content-Length: 3\r\nContent-Length: 4\r\n",
                    Reject.DUPLICATE_LENGTH),
                row("2", POST + "Content-Length: 5, 5\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: 5,5\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: +5\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: -0\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: 0x5\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: 1_0\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: 1 0\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length:\r\n", Reject.BAD_LENGTH),
                row("2", POST + "Content-Length: 99999999999999999999\r\n", Reject.BAD_LENGTH),
                row("3", POST + "Transfer-Encoding: xchunked\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: gzip\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: identity\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding:\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: chunked, gzip\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: chunked, chunked\r\n", Reject.BAD_ENCODING),
                row(
                    "3",
                    POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                    Reject.BAD_ENCODING),
                row(
                    "3",
                    POST + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
                    Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: \u000bchunked\r\n", Reject.CONTROL_CHARACTER),
                row("3", POST + "Transfer-Encoding: \u00a0chunked\r\n", Reject.BAD_ENCODING),
                row("3", POST + "Transfer-Encoding: \"chunked\"\r\n", Reject.BAD_ENCODING),
                row(
                    "3",
                    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n",
                    Reject.ENCODING_IN_HTTP10),
                row("3", POST + "Transfer-Encoding : chunked\r\n", Reject.SPACE_BEFORE_COLON),
                row(
                    "4",
                    POST + "Transfer-Encoding: gzip, chunked\r\n",
                    Reject.UNSUPPORTED_ENCODING),
                row("5", POST + "Transfer-Encoding: , chunked\r\n", Reject.BAD_ENCODING),
                row("5", POST + "Transfer-Encoding: chunked,\r\n", Reject.BAD_ENCODING),
                row("6", GET + "A: b\r\n c\r\n", Reject.OBS_FOLD),
                row("6", GET + "A: b\r\n\tc\r\n", Reject.OBS_FOLD),
                row("7", "GET / HTTP/1.1\nHost: a\n\n", Reject.BARE_LF),
                row("7", GET + "A: b\nC: d\r\n", Reject.BARE_LF),
                row("7", GET + "A: b\rC: d\r\n", Reject.BARE_CR),
                row("7", GET + "A: b\r\r\n", Reject.BARE_CR),
                row("7", GET + "A: b\0c\r\n", Reject.CONTROL_CHARACTER),
                row("7", GET + "A: b\u0007c\r\n", Reject.CONTROL_CHARACTER),
                row("7", GET + "A: b\u007fc\r\n", Reject.CONTROL_CHARACTER),
                row("7", GET + "nocolon\r\n", Reject.MISSING_COLON),
                row("7", GET + ": empty\r\n", Reject.BAD_FIELD_NAME),
                row("7", GET + "a b: c\r\n", Reject.SPACE_BEFORE_COLON),
                row("7", GET + "a(b: c\r\n", Reject.BAD_FIELD_NAME),
                row("7", GET + "\u00e4: c\r\n", Reject.BAD_FIELD_NAME),
                row("7", "GET / HTTP/1.1\r\n Host: a\r\n", Reject.LEADING_SPACE),
                row("8", "GET / HTTP/1.1\r\n", Reject.MISSING_HOST),
                row("8", GET + "Host: a\r\n", Reject.DUPLICATE_HOST),
                row("8", GET + "Host: b\r\n", Reject.DUPLICATE_HOST),
                row("8", host("user@a"), Reject.BAD_HOST),
                row("8", host("a/b"), Reject.BAD_HOST),
                row("8", host("a b"), Reject.BAD_HOST),
                row("8", host("a,b"), Reject.BAD_HOST),
                row("8", host(""), Reject.BAD_HOST),
                row("8", host(":80"), Reject.BAD_HOST),
                row("8", host("a:b"), Reject.BAD_HOST),
                row("8", host("a:99999"), Reject.BAD_HOST),
                row("8", host("[::1"), Reject.BAD_HOST),
                row("8", host("a?b"), Reject.BAD_HOST),
                row("10", "GET  / HTTP/1.1\r\nHost: a\r\n", Reject.BAD_REQUEST_LINE),
                row("10", "GET /  HTTP/1.1\r\nHost: a\r\n", Reject.BAD_REQUEST_LINE),
                row("10", "GET\t/ HTTP/1.1\r\nHost: a\r\n", Reject.BAD_METHOD),
                row("10", "GET /\tHTTP/1.1\r\nHost: a\r\n", Reject.BAD_REQUEST_LINE),
                row("10", " GET / HTTP/1.1\r\nHost: a\r\n", Reject.BAD_REQUEST_LINE),
                row("10", "GET / HTTP/1.1 \r\nHost: a\r\n", Reject.BAD_REQUEST_LINE),
                row("10", "GET /\r\n", Reject.BAD_REQUEST_LINE),
                row("11", "GET /a#b HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("11", "GET /a\u0001b HTTP/1.1\r\nHost: a\r\n", Reject.CONTROL_CHARACTER),
                row("11", "GET /\u00e4 HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("11", "GET a HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("11", "GET * HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("11", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("11", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("12", "GET / HTTP/2.0\r\nHost: a\r\n", Reject.UNSUPPORTED_VERSION),
                row("12", "PRI * HTTP/2.0\r\n", Reject.UNSUPPORTED_VERSION),
                row("12", "GET / http/1.1\r\nHost: a\r\n", Reject.BAD_VERSION),
                row("12", "GET / HTTP/1\r\nHost: a\r\n", Reject.BAD_VERSION),
                row("12", "GET / HTTP/01.1\r\nHost: a\r\n", Reject.BAD_VERSION),
                row("12", "GET / HTTP/1.10\r\nHost: a\r\n", Reject.BAD_VERSION),
                row("13", "G(T / HTTP/1.1\r\nHost: a\r\n", Reject.BAD_METHOD),
                row("14", "\r\n\r\n\r\n" + GET, Reject.LEADING_LINES),
                row(
                    "19",
                    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 0\r\n",
                    Reject.CONNECT_WITH_BODY),
                row(
                    "19",
                    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n",
                    Reject.CONNECT_WITH_BODY),
                row("4.2", "CONNECT a HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("4.2", "CONNECT a:0 HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("4.2", "CONNECT u@a:1 HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("4.2", "CONNECT /x HTTP/1.1\r\nHost: a\r\n", Reject.BAD_TARGET),
                row("hop", GET + "Connection: host\r\n", Reject.NOMINATED_ESSENTIAL),
                row(
                    "hop",
                    GET + "Connection: close, Content-Length\r\n",
                    Reject.NOMINATED_ESSENTIAL),
                row("hop", GET + "Connection: cl ose\r\n", Reject.BAD_CONNECTION),
                row(
                    "expect",
                    POST + "Content-Length: 1\r\nExpect: 200-ok\r\n",
                    Reject.UNSUPPORTED_EXPECTATION),
                row(
                    "expect",
                    POST + "Expect: 100-continue\r\nExpect: 100-continue\r\n",
                    Reject.UNSUPPORTED_EXPECTATION),
                row(
                    "limit",
                    "GET /" + "a".repeat(9000) + " HTTP/1.1\r\nHost: a\r\n",
                    Reject.REQUEST_LINE_TOO_LONG),
                row(
                    "limit",
                    "A".repeat(9000) + " / HTTP/1.1\r\nHost: a\r\n",
                    Reject.METHOD_TOO_LONG),
                row("limit", GET + "A: " + "a".repeat(17_000) + "\r\n", Reject.FIELD_TOO_LARGE),
                row(
                    "limit",
                    GET + ("A: " + "a".repeat(10_000) + "\r\n").repeat(4),
                    Reject.HEAD_TOO_LARGE),
                row("limit", GET + "A: b\r\n".repeat(100), Reject.TOO_MANY_FIELDS),
                row("tls", "\u0016\u0003\u0001\u0002\u0000\u0001", Reject.TLS_ON_PLAIN_PORT)))
        .flatMap(List::stream);
  }

  /** Rows that concern chunked bodies; the head before them is complete. */
  public static Stream<Row> bodies() {
    return Stream.of(
        body("15", "3\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "3\r\nabc\n0\r\n\r\n", Reject.BAD_CHUNK_END),
        body("15", "3;a=b\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_EXTENSION),
        body("15", "3;a=\0\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_EXTENSION),
        body("15", "3;a\rb\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "3;a=\"\r\nabc\"\r\n0\r\n\r\n", Reject.BAD_CHUNK_EXTENSION),
        body("15", "3\r\nabc0\r\n\r\n", Reject.BAD_CHUNK_END),
        body("15", "3\r\nabcd\r\n0\r\n\r\n", Reject.BAD_CHUNK_END),
        body("15", "+3\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "-3\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "0x3\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", " 3\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "3 \r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "1_0\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "ffffffffffffffff\r\nabc", Reject.BAD_CHUNK_SIZE),
        body("15", "00000000000000003\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "\r\n0\r\n\r\n", Reject.BAD_CHUNK_SIZE),
        body("15", "3\r\nabc\r\n0\r\nA: b\n\r\n", Reject.BAD_TRAILER),
        body("16", "3;\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_EXTENSION),
        body("16", "3;a;\r\nabc\r\n0\r\n\r\n", Reject.BAD_CHUNK_EXTENSION),
        body(
            "16",
            "3;a=" + "b".repeat(1100) + "\r\nabc\r\n0\r\n\r\n",
            Reject.CHUNK_EXTENSION_TOO_LARGE),
        body(
            "16",
            ("1;a=" + "b".repeat(900) + "\r\nx\r\n").repeat(20) + "0\r\n\r\n",
            Reject.CHUNK_EXTENSION_TOO_LARGE),
        body("17", "0\r\n folded: a\r\n\r\n", Reject.BAD_TRAILER),
        body("17", "0\r\nno colon\r\n\r\n", Reject.BAD_TRAILER),
        body("17", "0\r\n" + "A: b\r\n".repeat(33) + "\r\n", Reject.TRAILERS_TOO_LARGE),
        body("17", "0\r\nA: " + "b".repeat(9000) + "\r\n\r\n", Reject.TRAILERS_TOO_LARGE));
  }

  private static String host(String value) {
    return "GET / HTTP/1.1\r\nHost: " + value + "\r\n";
  }

  private static Row row(String id, String input, Reject reject) {
    return new Row(id, input.endsWith("\n\n") ? input : input + "\r\n", reject);
  }

  private static Row body(String id, String body, Reject reject) {
    return new Row(id, CHUNKED + body, reject);
  }
}
