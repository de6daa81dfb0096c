package io.fairlead.libp2p.key;

/** A key that is malformed, of an unsupported kind or size, or does not fit its other half. */
public final class UnusableKeyException extends Exception {
  private static final long serialVersionUID = 1;

  private final String message;

  UnusableKeyException(String message) {
    super(message, null, false, false); // peers cause these at will: no stack to fill
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
