package io.fairlead.net.http2;

import io.fairlead.net.http.codec.FieldSyntax;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Heads of a {@link StreamLink}'s streams, to and from the wire. Stateless. */
final class LinkHead {
  private static final String ERROR = "fl-error";
  private static final String WORD = "[a-z0-9_]{1,64}";

  private LinkHead() {}

  static HeaderList of(LinkRequest request) {
    HeaderList fields = new HeaderList();
    add(fields, ":method", request.method());
    request.protocol().ifPresent(protocol -> add(fields, ":protocol", protocol));
    if (request.path().isPresent()) add(fields, ":scheme", "https");
    add(fields, ":authority", request.authority());
    request.path().ifPresent(path -> add(fields, ":path", path));
    for (Map.Entry<String, String> field : request.fields()) {
      add(fields, field.getKey(), field.getValue());
    }
    return fields;
  }

  /**
   * Reads a request's head.
   *
   * @return empty when it is malformed
   */
  static Optional<LinkRequest> read(HeaderList fields) {
    @Nullable String method = null;
    @Nullable String protocol = null;
    @Nullable String authority = null;
    @Nullable String path = null;
    List<Map.Entry<String, String>> others = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      AsciiString name = fields.nameAt(i);
      String value = fields.valueAt(i).toString();
      boolean pseudo = !name.isEmpty() && name.byteAt(0) == ':';
      boolean fine =
          pseudo
              ? FieldSyntax.target(fields.valueAt(i))
              : FieldCheck.wellFormed(name, fields.valueAt(i));
      if (!fine) return Optional.empty();
      if (!pseudo) {
        others.add(Map.entry(name.toString(), value));
        continue;
      }
      if (!others.isEmpty()) return Optional.empty();
      switch (name.toString()) {
        case ":method" -> {
          if (method != null) return Optional.empty();
          method = value;
        }
        case ":protocol" -> {
          if (protocol != null) return Optional.empty();
          protocol = value;
        }
        case ":authority" -> {
          if (authority != null) return Optional.empty();
          authority = value;
        }
        case ":path" -> {
          if (path != null) return Optional.empty();
          path = value;
        }
        case ":scheme" -> {}
        default -> {
          return Optional.empty();
        }
      }
    }
    if (method == null || authority == null) return Optional.empty();
    return Optional.of(
        new LinkRequest(
            method, Optional.ofNullable(protocol), authority, Optional.ofNullable(path), others));
  }

  static HeaderList answer(int status, String error) {
    HeaderList fields = new HeaderList();
    add(fields, ":status", Integer.toString(status));
    if (!error.isEmpty()) add(fields, ERROR, error);
    return fields;
  }

  /** The status of an answer. */
  static int status(HeaderList fields) throws Http2Exception {
    CharSequence status = fields.status();
    if (status == null || status.length() != 3) {
      throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "answer without status");
    }
    try {
      return Integer.parseInt(status, 0, 3, 10);
    } catch (NumberFormatException e) {
      throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "bad status");
    }
  }

  /** Why it was refused, as the peer says. */
  static String error(HeaderList fields) {
    for (int i = 0; i < fields.size(); i++) {
      String value = fields.valueAt(i).toString();
      if (fields.nameAt(i).contentEquals(ERROR) && value.matches(WORD)) return value;
    }
    return "refused";
  }

  private static void add(HeaderList fields, String name, String value) {
    fields.add(AsciiString.of(name), AsciiString.of(value));
  }
}
