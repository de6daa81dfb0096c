package io.fairlead.libp2p.codec;

/** Bytes or text that are not what they should be. The message says what was expected. */
public final class MalformedException extends Exception {
  private static final long serialVersionUID = 1;

  private final String message;

  public MalformedException(String message) {
    super(message, null, false, false); // peers cause these at will: no stack to fill
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
