package io.fairlead.net.http;

/** How a message's body is framed (RFC 9112 §6). */
public sealed interface BodyLength {
  /** There is no body, and no framing field. */
  record None() implements BodyLength {}

  /** {@code Content-Length}. */
  record Fixed(long bytes) implements BodyLength {}

  /** {@code Transfer-Encoding: chunked}. */
  record Chunked() implements BodyLength {}

  /** A response that ends with the connection. */
  record UntilClose() implements BodyLength {}

  BodyLength NONE = new None();
  BodyLength CHUNKED = new Chunked();
  BodyLength UNTIL_CLOSE = new UntilClose();
}
