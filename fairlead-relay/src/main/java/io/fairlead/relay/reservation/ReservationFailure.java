package io.fairlead.relay.reservation;

/** Why a relay keeps no place for this node. */
public sealed interface ReservationFailure {
  /** There is no connection to the relay, and none could be made; nothing was asked. */
  record Unreachable(String message) implements ReservationFailure {}

  /** It does not speak the protocol. */
  record Unsupported() implements ReservationFailure {}

  /** The stream failed, or no answer came in time. */
  record Broken(String message) implements ReservationFailure {}

  /** Its answer is none: no message, a place in the past, a voucher that does not hold. */
  record Malformed(String message) implements ReservationFailure {}

  /** It said no. */
  record Refused(Refusal refusal) implements ReservationFailure {}

  /** What it said. */
  enum Refusal {
    RESERVATION_REFUSED,
    RESOURCE_LIMIT_EXCEEDED,
    PERMISSION_DENIED,
    CONNECTION_FAILED,
    NO_RESERVATION,
    MALFORMED_MESSAGE,
    UNEXPECTED_MESSAGE,
    /** A status we do not know. */
    OTHER
  }

  /** Whether the same relay may say yes later, without anything being changed. */
  default boolean retryable() {
    return switch (this) {
      case Unreachable _, Broken _ -> true;
      case Unsupported _, Malformed _ -> false;
      case Refused(Refusal refusal) ->
          switch (refusal) {
            case RESERVATION_REFUSED, RESOURCE_LIMIT_EXCEEDED, CONNECTION_FAILED, OTHER -> true;
            case PERMISSION_DENIED, NO_RESERVATION, MALFORMED_MESSAGE, UNEXPECTED_MESSAGE -> false;
          };
    };
  }
}
