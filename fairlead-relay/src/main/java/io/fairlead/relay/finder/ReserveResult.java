package io.fairlead.relay.finder;

import io.fairlead.relay.reservation.ReservationFailure;
import java.util.Locale;

/** How an attempt to reserve ended. */
public enum ReserveResult {
  SUCCESS,
  /** The peer could not be reached at all. */
  NOT_CONNECTED,
  /** The connection broke, or no answer came in time. */
  CONNECTION_FAILED,
  MALFORMED_MESSAGE,
  RESERVATION_REFUSED,
  PERMISSION_DENIED,
  RESOURCE_LIMIT_EXCEEDED,
  OTHER;

  /** How an attempt that failed for this reason ended. */
  static ReserveResult of(ReservationFailure failure) {
    return switch (failure) {
      case ReservationFailure.Unreachable _ -> NOT_CONNECTED;
      case ReservationFailure.Broken _ -> CONNECTION_FAILED;
      case ReservationFailure.Malformed _ -> MALFORMED_MESSAGE;
      case ReservationFailure.Unsupported _ -> OTHER;
      case ReservationFailure.Refused(ReservationFailure.Refusal refusal) ->
          switch (refusal) {
            case RESERVATION_REFUSED -> RESERVATION_REFUSED;
            case RESOURCE_LIMIT_EXCEEDED -> RESOURCE_LIMIT_EXCEEDED;
            case PERMISSION_DENIED -> PERMISSION_DENIED;
            case CONNECTION_FAILED -> CONNECTION_FAILED;
            case MALFORMED_MESSAGE, UNEXPECTED_MESSAGE -> MALFORMED_MESSAGE;
            case NO_RESERVATION, OTHER -> OTHER;
          };
    };
  }

  /** Whether the relay said no, rather than nothing. */
  boolean refusal() {
    return switch (this) {
      case RESERVATION_REFUSED, PERMISSION_DENIED, RESOURCE_LIMIT_EXCEEDED -> true;
      case SUCCESS, NOT_CONNECTED, CONNECTION_FAILED, MALFORMED_MESSAGE, OTHER -> false;
    };
  }

  /** Whether the relay had no room. */
  boolean full() {
    return this == RESERVATION_REFUSED || this == RESOURCE_LIMIT_EXCEEDED;
  }

  /** In meters and reports. */
  public String word() {
    return this == NOT_CONNECTED ? CONNECTION_FAILED.word() : name().toLowerCase(Locale.ROOT);
  }
}
