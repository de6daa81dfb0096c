package io.fairlead.net.http.codec;

/** Status lines of our own responses, made once (reasons of RFC 9110 §15 and the IANA registry). */
public final class StatusLines {
  private static final String[] REASONS = new String[600];
  private static final byte[][] LINES = new byte[1000][];

  static {
    String[] known = {
      "100 Continue",
      "101 Switching Protocols",
      "103 Early Hints",
      "200 OK",
      "201 Created",
      "202 Accepted",
      "203 Non-Authoritative Information",
      "204 No Content",
      "205 Reset Content",
      "206 Partial Content",
      "300 Multiple Choices",
      "301 Moved Permanently",
      "302 Found",
      "303 See Other",
      "304 Not Modified",
      "307 Temporary Redirect",
      "308 Permanent Redirect",
      "400 Bad Request",
      "401 Unauthorized",
      "402 Payment Required",
      "403 Forbidden",
      "404 Not Found",
      "405 Method Not Allowed",
      "406 Not Acceptable",
      "407 Proxy Authentication Required",
      "408 Request Timeout",
      "409 Conflict",
      "410 Gone",
      "411 Length Required",
      "412 Precondition Failed",
      "413 Content Too Large",
      "414 URI Too Long",
      "415 Unsupported Media Type",
      "416 Range Not Satisfiable",
      "417 Expectation Failed",
      "421 Misdirected Request",
      "422 Unprocessable Content",
      "423 Locked",
      "425 Too Early",
      "426 Upgrade Required",
      "428 Precondition Required",
      "429 Too Many Requests",
      "431 Request Header Fields Too Large",
      "451 Unavailable For Legal Reasons",
      "500 Internal Server Error",
      "501 Not Implemented",
      "502 Bad Gateway",
      "503 Service Unavailable",
      "504 Gateway Timeout",
      "505 HTTP Version Not Supported",
      "507 Insufficient Storage",
      "508 Loop Detected",
    };
    for (String line : known) {
      REASONS[Integer.parseInt(line.substring(0, 3))] = line.substring(4);
    }
    for (int status = 100; status < LINES.length; status++) {
      LINES[status] = Octet.bytes("HTTP/1.1 " + status + " " + reason(status) + "\r\n");
    }
  }

  private StatusLines() {}

  /** The registered reason, or an empty string. */
  public static String reason(int status) {
    String reason = status < REASONS.length ? REASONS[status] : null;
    return reason == null ? "" : reason;
  }

  static byte[] of(int status) {
    if (status < 100 || status >= LINES.length) {
      throw new IllegalArgumentException("status: " + status + " (expected: 100-999)");
    }
    return LINES[status];
  }
}
