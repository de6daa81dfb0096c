package io.fairlead.registry.rewrite;

import java.nio.file.Path;

/** A file was not replaced; it is as it was before. */
public abstract sealed class SwapException extends Exception {
  private static final long serialVersionUID = 1;

  private SwapException(String message) {
    super(message);
  }

  /** Whether the same may work later. */
  public abstract boolean retryable();

  /** Somebody else holds the lock. */
  public static final class Locked extends SwapException {
    private static final long serialVersionUID = 1;

    Locked(Path lock) {
      super(lock + ": locked by another process");
    }

    @Override
    public boolean retryable() {
      return true;
    }
  }

  /** The file is not the one that was read. */
  public static final class Changed extends SwapException {
    private static final long serialVersionUID = 1;

    Changed(Path file) {
      super(file + ": changed meanwhile");
    }

    @Override
    public boolean retryable() {
      return true;
    }
  }

  /** Not a file that is replaced: no regular file, or another user's behind a link. */
  public static final class Unfit extends SwapException {
    private static final long serialVersionUID = 1;

    Unfit(Path file, String reason) {
      super(file + ": " + reason);
    }

    @Override
    public boolean retryable() {
      return false;
    }
  }

  /** The system refused a step. */
  public static final class Failed extends SwapException {
    private static final long serialVersionUID = 1;

    Failed(Path file, Throwable cause) {
      super(file + ": " + cause.getClass().getSimpleName() + ": " + cause.getMessage());
      initCause(cause);
    }

    @Override
    public boolean retryable() {
      return true;
    }
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
