package io.fairlead.registry.evm;

/** An endpoint of a chain did not answer a call with a value. */
public final class ChainException extends Exception {
  private static final long serialVersionUID = 1;

  /** Who failed. */
  public enum Kind {
    UNREACHABLE,
    TIMEOUT,
    /** The endpoint answered with an error. */
    REFUSED,
    /** An answer that is none, or longer than an answer may be. */
    MALFORMED,
    /** It is not the chain it should be, or does not let us in; trying again does not help. */
    WRONG_CHAIN
  }

  private final Kind kind;
  private final int code;

  public ChainException(Kind kind, String message) {
    this(kind, message, 0);
  }

  /**
   * @param code of the error the endpoint answered with; 0 when it did not
   */
  public ChainException(Kind kind, String message, int code) {
    super(message, null, true, false); // of a peer's making, and often: no stack
    this.kind = kind;
    this.code = code;
  }

  public Kind kind() {
    return kind;
  }

  public int code() {
    return code;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? kind.name() : message;
  }
}
