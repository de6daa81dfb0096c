package io.fairlead.net.http;

/**
 * A request's head after every check of the framing table: what exists here is well formed. Valid
 * until the exchange ends; read on its event loop only.
 */
public interface RequestHead {
  /** Case-sensitive token. */
  String method();

  /** The request-target exactly as received. */
  String target();

  /** Shape of {@link #target} (RFC 9112 §3.2). */
  TargetForm form();

  /** {@code "http"} or {@code "https"}: of the absolute-form target, else of the connection. */
  String scheme();

  /**
   * The authority the request is for: of the target when it has one, else {@code Host}; without
   * userinfo; lower-cased; empty only for HTTP/1.0 without {@code Host}.
   */
  String authority();

  /**
   * Path and query: origin-form as it is, absolute-form without scheme and authority, else "*" or
   * "".
   */
  String pathAndQuery();

  /** Minor version: 0 or 1 (1.2–1.9 count as 1). */
  int minorVersion();

  Fields fields();

  BodyLength body();

  /** Whether the client wants to keep the connection. */
  boolean keepAlive();

  /** Whether it asks to upgrade to exactly {@code websocket}. */
  boolean upgradesToWebSocket();

  /** Whether it waits for {@code 100 Continue}. */
  boolean expectsContinue();

  /** Whether it takes trailer fields in the response: {@code TE: trailers}. */
  default boolean takesTrailers() {
    return fields().first("te").orElse("").equalsIgnoreCase("trailers");
  }

  /** The four request-target forms. */
  enum TargetForm {
    ORIGIN,
    ABSOLUTE,
    AUTHORITY,
    ASTERISK
  }
}
