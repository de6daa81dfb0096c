package io.fairlead.net.http;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt led to no response.
 *
 * @param dial the dial's failure, when {@code kind} is {@code DIAL}
 */
public record ForwardFailure(Kind kind, Optional<DialException> dial) {
  /** What went wrong, in the order of the journey. */
  public enum Kind {
    /** No connection. */
    DIAL(502),
    /** The connection ended before a response head. */
    CLOSED_BEFORE_HEAD(502),
    /** The upstream said that it did not begin to work on the request; another may. */
    REFUSED(503),
    /** No response head in time. */
    HEAD_TIMEOUT(504),
    /** The upstream broke the protocol. */
    BAD_RESPONSE(502),
    /** The response stopped in the middle. */
    CLOSED_IN_BODY(502),
    /** The response stalled in the middle. */
    BODY_TIMEOUT(504),
    /** The client's body failed or the client left. */
    CLIENT(499),
    /** Cut from outside: revoked, drained, cut by an operator. */
    CUT(503);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    /** Status a client gets for it unless the dial's own kind says more. */
    public int status() {
      return status;
    }
  }

  public static ForwardFailure of(Kind kind) {
    return new ForwardFailure(kind, Optional.empty());
  }

  /** Whether the upstream certainly did nothing with the request (RFC 9113 §8.7). */
  public boolean safeToRetry() {
    return kind == Kind.REFUSED;
  }

  /** A dial's outcome without a connection. */
  static ForwardFailure ofDial(Destination destination, @Nullable Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof DialException dial) return of(dial);
    String message = cause == null ? "no connection" : String.valueOf(cause.getMessage());
    return of(new DialException.Unreachable(destination, false, message));
  }

  public static ForwardFailure of(DialException dial) {
    return new ForwardFailure(Kind.DIAL, Optional.of(dial));
  }
}
