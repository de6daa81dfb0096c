package io.fairlead.net.http2;

import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.codec.FieldSyntax;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** An upstream's response head on a stream, checked in full. Confined to one event loop. */
final class StreamResponse implements ResponseHead {
  private final int status;
  private final StreamFields fields;
  private final BodyLength body;
  private final long announced;

  private StreamResponse(int status, StreamFields fields, BodyLength body, long announced) {
    this.status = status;
    this.fields = fields;
    this.body = body;
    this.announced = announced;
  }

  /**
   * Reads it.
   *
   * @param ends whether the response ends with its head
   * @param toHead whether it answers HEAD
   * @return null when it is malformed
   */
  static @Nullable StreamResponse of(HeaderList list, boolean ends, boolean toHead) {
    if (list.isEmpty() || !list.nameAt(0).contentEquals(":status")) return null;
    AsciiString code = list.valueAt(0);
    long status = code.length() == 3 ? FieldSyntax.length(code) : -1;
    if (status < 100 || status == 101) return null;
    StreamFields fields = new StreamFields(list.size());
    long length = -1;
    for (int i = 1; i < list.size(); i++) {
      AsciiString name = list.nameAt(i);
      AsciiString value = list.valueAt(i);
      if (!FieldCheck.wellFormed(name, value)) return null;
      if (name.contentEquals("content-length")) {
        if (length >= 0) return null;
        length = FieldSyntax.length(value);
        if (length < 0) return null;
      }
      fields.add(name, value);
    }
    boolean bodiless = toHead || status < 200 || status == 204 || status == 304;
    if (ends && !bodiless && length > 0) return null;
    BodyLength body;
    if (bodiless) {
      body = BodyLength.NONE;
    } else if (length >= 0 || ends) {
      body = new BodyLength.Fixed(Math.max(0, length));
    } else {
      body = BodyLength.CHUNKED;
    }
    return new StreamResponse((int) status, fields, body, length);
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public String reason() {
    return "";
  }

  @Override
  public Fields fields() {
    return fields;
  }

  @Override
  public BodyLength body() {
    return body;
  }

  @Override
  public long announcedLength() {
    return announced;
  }
}
