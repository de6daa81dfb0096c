package io.fairlead.pubsub;

import java.time.Duration;
import java.util.Optional;

/**
 * Why a connection ended or could not be made.
 *
 * @param detail for people; holds no secret
 * @param code HTTP status or WebSocket close code; 0 where there is none
 * @param retryAfter how long the server wants us to wait
 */
public record TerminalCause(Kind kind, String detail, int code, Optional<Duration> retryAfter) {
  /** What happened. */
  public enum Kind {
    /** We closed it. */
    CLOSED,
    /** The other side closed it. */
    CLOSED_BY_PEER,
    /** The network, or the name, failed. */
    TRANSPORT,
    /** Not a byte came in time. */
    SILENT,
    /** The other side does not speak the protocol. */
    PROTOCOL,
    /** A message was larger than is taken. */
    FRAME_TOO_LARGE,
    /** The other side refused, for now. */
    REFUSED,
    /** The other side refused us for good: 400, 401, 403, 404. */
    FORBIDDEN,
    /** Its certificate is not trusted, or is of another host. */
    TLS,
    /** The URL names a scheme we do not speak. */
    SCHEME,
    /** It serves another chain than before, or than configured. */
    WRONG_CHAIN,
    /** It told a header whose hash is not that of its fields. */
    FALSE_HEADER
  }

  public TerminalCause {
    detail = PubSubException.shown(detail);
  }

  public static TerminalCause of(Kind kind, String detail) {
    return new TerminalCause(kind, detail, 0, Optional.empty());
  }

  public static TerminalCause of(Kind kind, String detail, int code) {
    return new TerminalCause(kind, detail, code, Optional.empty());
  }

  /** Whether the same endpoint may serve at another time. */
  public boolean retryable() {
    return switch (kind) {
      case FORBIDDEN, TLS, SCHEME, WRONG_CHAIN, FALSE_HEADER -> false;
      case CLOSED, CLOSED_BY_PEER, TRANSPORT, SILENT, PROTOCOL, FRAME_TOO_LARGE, REFUSED -> true;
    };
  }

  @Override
  public String toString() {
    return kind + (code == 0 ? "" : " " + code) + (detail.isEmpty() ? "" : ": " + detail);
  }
}
