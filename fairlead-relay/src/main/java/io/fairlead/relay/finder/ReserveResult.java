package io.fairlead.relay.finder;

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
    return this == NOT_CONNECTED
        ? CONNECTION_FAILED.word()
        : name().toLowerCase(java.util.Locale.ROOT);
  }
}
