package io.fairlead.net.http2;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHead;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Errors of our own in the words of gRPC: status 200 and a head that is also the trailer section.
 *
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">gRPC over
 *     HTTP/2</a>
 */
final class GrpcStatus {
  private static final AsciiString OK = AsciiString.cached("200");
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  private static final AsciiString STATUS = AsciiString.cached("grpc-status");
  private static final AsciiString MESSAGE = AsciiString.cached("grpc-message");

  private GrpcStatus() {}

  /** The answer as a trailers-only response; null unless an error answers a gRPC call. */
  static @Nullable HeaderList of(RequestHead request, Answer answer) {
    if (answer.errorCode().isEmpty()) return null;
    String type = type(request.fields());
    if (!type.startsWith("application/grpc")) return null;
    HeaderList fields = new HeaderList();
    fields.status(OK);
    fields.add(CONTENT_TYPE, new AsciiString(type));
    fields.add(STATUS, WireFields.number(code(answer.status())));
    fields.add(MESSAGE, new AsciiString(percentEncoded(answer.message())));
    return fields;
  }

  private static String type(Fields fields) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.nameIs(i, "content-type")) return fields.value(i);
    }
    return "";
  }

  static int code(int status) {
    return switch (status) {
      case 499 -> 1; // cancelled
      case 400, 431 -> 13; // internal
      case 408, 504 -> 4; // deadline exceeded
      case 404, 405, 421, 501 -> 12; // unimplemented
      case 403 -> 7; // permission denied
      case 413, 429 -> 8; // resource exhausted
      case 401, 407 -> 16; // unauthenticated
      case 502, 503 -> 14; // unavailable
      default -> 2; // unknown
    };
  }

  /** Visible ASCII but {@code %} stays. */
  static String percentEncoded(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet >= ' ' && octet < 0x7f && octet != '%') {
        out.append((char) octet);
      } else {
        out.append(String.format("%%%02X", octet & 0xff));
      }
    }
    return out.toString();
  }
}
