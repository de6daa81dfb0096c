package io.fairlead.net.http2;

/** The other end of a {@link StreamLink} did not open a stream. Expected: without a stack. */
public final class LinkRefusedException extends Exception {
  private static final long serialVersionUID = 1;
  private final int status;
  private final String error;

  /**
   * @param status what was answered; 0 when there was no answer
   * @param error the word of the answer, {@code lost} when there was none
   */
  public LinkRefusedException(int status, String error) {
    super(status + " " + error, null, false, false);
    this.status = status;
    this.error = error;
  }

  public int status() {
    return status;
  }

  /** A stable snake_case word. */
  public String error() {
    return error;
  }
}
