package io.fairlead.net.http;

/** A response's head after every check. Valid until the response's end; event loop only. */
public interface ResponseHead {
  int status();

  String reason();

  Fields fields();

  BodyLength body();

  /** What {@code Content-Length} says, though there may be no body; -1 when it is absent. */
  default long announcedLength() {
    return body() instanceof BodyLength.Fixed(long bytes) ? bytes : -1;
  }
}
