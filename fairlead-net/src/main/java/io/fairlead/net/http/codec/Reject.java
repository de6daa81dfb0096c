package io.fairlead.net.http.codec;

import java.util.Locale;

/**
 * Why a message was refused: one constant per rule of the framing table (RFC 9112) and of the
 * limits. The lower-case name is the stable word for logs, meters and {@code X-Fairlead-Error}.
 */
public enum Reject {
  LENGTH_AND_ENCODING(400, "both Content-Length and Transfer-Encoding"),
  DUPLICATE_LENGTH(400, "more than one Content-Length"),
  BAD_LENGTH(400, "Content-Length is not a plain decimal number"),
  BAD_ENCODING(400, "Transfer-Encoding is not exactly chunked"),
  UNSUPPORTED_ENCODING(501, "a transfer coding other than chunked"),
  ENCODING_IN_HTTP10(400, "Transfer-Encoding in HTTP/1.0"),
  OBS_FOLD(400, "a field continued on the next line"),
  LEADING_SPACE(400, "white space before the first field"),
  BARE_LF(400, "a line that ends without CR"),
  BARE_CR(400, "CR without LF"),
  CONTROL_CHARACTER(400, "a control character in the head"),
  MISSING_COLON(400, "a field without a colon"),
  SPACE_BEFORE_COLON(400, "white space between field name and colon"),
  BAD_FIELD_NAME(400, "a field name that is not a token"),
  ALIAS_FIELD(400, "a field name with _ or ."),
  MISSING_HOST(400, "no Host field"),
  DUPLICATE_HOST(400, "more than one Host field"),
  BAD_HOST(400, "Host is not host[:port]"),
  AUTHORITY_MISMATCH(400, "Host differs from the request-target's authority"),
  BAD_REQUEST_LINE(400, "the request line is not 'method SP target SP version'"),
  BAD_METHOD(400, "the method is not a token"),
  BAD_TARGET(400, "the request-target is malformed"),
  BAD_VERSION(400, "the protocol version is malformed"),
  UNSUPPORTED_VERSION(505, "a protocol version other than HTTP/1"),
  LEADING_LINES(400, "more than two empty lines before the request"),
  CONNECT_WITH_BODY(400, "CONNECT with a body"),
  BAD_CONNECTION(400, "the Connection field is malformed"),
  NOMINATED_ESSENTIAL(400, "Connection names a field that must reach the other end"),
  UNSUPPORTED_EXPECTATION(417, "an expectation other than 100-continue"),
  METHOD_TOO_LONG(400, "the method is too long"),
  REQUEST_LINE_TOO_LONG(414, "the request line is too long"),
  HEAD_TOO_LARGE(431, "the head is too large"),
  FIELD_TOO_LARGE(431, "a field is too large"),
  TOO_MANY_FIELDS(431, "too many fields"),
  TLS_ON_PLAIN_PORT(400, "this port speaks HTTP, not HTTPS"),
  BAD_CHUNK_SIZE(400, "a malformed chunk size"),
  BAD_CHUNK_EXTENSION(400, "a malformed chunk extension"),
  CHUNK_EXTENSION_TOO_LARGE(400, "chunk extensions are too large"),
  BAD_CHUNK_END(400, "chunk data not followed by CRLF"),
  BAD_TRAILER(400, "a malformed trailer"),
  TRAILERS_TOO_LARGE(400, "the trailers are too large"),
  BAD_STATUS_LINE(400, "the status line is malformed"),
  METHOD_NOT_ALLOWED(405, "the method is not allowed here"),
  BODY_TOO_LARGE(413, "the body is too large"),
  UNSUPPORTED_PROTOCOL(501, "CONNECT for a protocol other than websocket"),
  HEAD_TIMEOUT(408, "the head took too long"),
  BODY_TIMEOUT(408, "the body took too long");

  private final int status;
  private final String message;
  private final String code;

  Reject(int status, String message) {
    this.status = status;
    this.message = message;
    this.code = name().toLowerCase(Locale.ROOT);
  }

  /** Status of the answer. Every one of them ends the connection. */
  public int status() {
    return status;
  }

  /** Stable snake_case word. */
  public String code() {
    return code;
  }

  /** One lower-case clause for people. */
  public String message() {
    return message;
  }
}
