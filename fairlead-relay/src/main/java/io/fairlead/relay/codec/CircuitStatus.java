package io.fairlead.relay.codec;

import java.util.Optional;

/**
 * How a relay, or the peer behind it, answers.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md">circuit relay v2,
 *     status codes</a>
 */
public enum CircuitStatus {
  OK(100),
  RESERVATION_REFUSED(200),
  RESOURCE_LIMIT_EXCEEDED(201),
  PERMISSION_DENIED(202),
  CONNECTION_FAILED(203),
  NO_RESERVATION(204),
  MALFORMED_MESSAGE(400),
  UNEXPECTED_MESSAGE(401);

  private final int code;

  CircuitStatus(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** The status of a number; empty for one we do not know, and for 0, which says nothing. */
  public static Optional<CircuitStatus> of(int code) {
    for (CircuitStatus status : values()) {
      if (status.code == code) return Optional.of(status);
    }
    return Optional.empty();
  }
}
