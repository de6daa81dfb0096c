package io.fairlead.registry.source;

import java.util.Locale;

/** A list could not be read; the last good one stays. */
public final class SourceException extends Exception {
  private static final long serialVersionUID = 1;

  /** What kind of failure; the last eight may be an attack. */
  public enum Reason {
    UNREACHABLE,
    TIMEOUT,
    /** An answer that is no list. */
    MALFORMED,
    /** Nothing at all, where an empty list would say so. */
    NOTHING,
    TOO_LARGE,
    REFUSED,
    REDIRECTED,
    /** The chain, or all that is known of it, stands still. */
    STALE,
    /** Another chain than the one that was named. */
    WRONG_CHAIN,
    /** What was read before is no longer on the chain, too far back to follow. */
    DEEP_REORG,
    /** More changed than the list itself counts. */
    IMPLAUSIBLE,
    /** Older than what was accepted before. */
    OLDER,
    /** Too few endpoints agree. */
    DISAGREE,
    SIGNATURE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  public SourceException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public SourceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? reason.word() : message;
  }
}
