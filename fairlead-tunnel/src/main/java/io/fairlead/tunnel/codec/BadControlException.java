package io.fairlead.tunnel.codec;

/** A peer's control line, token or proof is not what it should be. Expected: without a stack. */
public final class BadControlException extends Exception {
  private static final long serialVersionUID = 1;

  public BadControlException(String message) {
    super(message, null, false, false);
  }
}
