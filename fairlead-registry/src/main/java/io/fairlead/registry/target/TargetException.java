package io.fairlead.registry.target;

import java.util.Locale;

/** A target's list could not be read or written; nothing was changed. */
public final class TargetException extends Exception {
  private static final long serialVersionUID = 1;

  /** Who failed, and whether another try can help. */
  public enum Reason {
    /** The list changed since it was read: plan again. */
    CONFLICT,
    /** Somebody holds its lock: try later. */
    BUSY,
    /** Its form does not allow a safe edit: the operator must act. */
    UNEDITABLE,
    UNREADABLE,
    WRITE_FAILED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  public TargetException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public TargetException(Reason reason, String message, Throwable cause) {
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
