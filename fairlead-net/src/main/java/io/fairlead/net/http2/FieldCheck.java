package io.fairlead.net.http2;

import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Trailers;
import io.fairlead.net.http.codec.FieldSyntax;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What makes a field, or a trailer section, malformed in HTTP/2 (RFC 9113 §8.2). */
final class FieldCheck {
  private static final AsciiString TE = AsciiString.cached("te");
  private static final AsciiString TRAILERS = AsciiString.cached("trailers");

  private FieldCheck() {}

  /** Whether a regular field is well formed and not specific to a connection. */
  static boolean wellFormed(AsciiString name, AsciiString value) {
    if (!FieldSyntax.name(name) || !FieldSyntax.value(value)) return false;
    return switch (name.length()) {
      case 2 -> !name.equals(TE) || value.contentEqualsIgnoreCase(TRAILERS);
      case 7 -> !name.contentEquals("upgrade");
      case 10 -> !name.contentEquals("connection") && !name.contentEquals("keep-alive");
      case 16 -> !name.contentEquals("proxy-connection");
      case 17 -> !name.contentEquals("transfer-encoding");
      default -> true;
    };
  }

  /**
   * Reads a trailer section; forbidden fields are left out.
   *
   * @return null when it is malformed
   */
  static @Nullable Trailers trailers(HeaderList list) {
    if (list.isEmpty()) return Trailers.NONE;
    List<FieldEdits.Field> fields = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      AsciiString name = list.nameAt(i);
      AsciiString value = list.valueAt(i);
      if (!wellFormed(name, value)) return null; // a pseudo-field is no token
      if (!Trailers.forbidden(name.toString())) {
        fields.add(new FieldEdits.Field(name.toString(), value.toString()));
      }
    }
    return Trailers.of(fields);
  }
}
