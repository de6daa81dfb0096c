package io.fairlead.registry.evm.abi;

/** Bytes that are not what their type says, or a type that is none. */
public final class BadAbiException extends Exception {
  private static final long serialVersionUID = 1;

  public BadAbiException(String message) {
    super(message, null, false, false); // of a peer's making: no stack to fill
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
