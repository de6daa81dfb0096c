package io.fairlead.registry.model;

import java.util.Locale;

/** A text is no address that may be used. */
public final class BadAddressException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is the matter. */
  public enum Reason {
    /** Neither an address nor a name. */
    SYNTAX,
    /** None given and none supplied, or outside 1–65535. */
    PORT,
    /** Longer than an endpoint may be. */
    TOO_LONG,
    /** Not public, and the source may only name public ones. */
    NOT_PUBLIC;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  BadAddressException(Reason reason, String message) {
    super(message);
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
