package io.fairlead.core.lifecycle;

/** A service cannot start. The message is for the operator: what failed, and how to mend it. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why starting failed, as far as the exit code and the diagnostic are concerned. */
  public enum Reason {
    /** An address is taken. */
    ADDRESS_IN_USE,
    /** A file, certificate or permission stands in the way. */
    RESOURCE,
    /** Refused by a safety rule. */
    UNSAFE,
    /** Anything else. */
    OTHER
  }

  private final Reason reason;

  public StartException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public StartException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
