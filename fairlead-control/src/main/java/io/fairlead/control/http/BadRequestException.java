package io.fairlead.control.http;

/** What the caller sent cannot be understood; answered with its status and code. */
public final class BadRequestException extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;

  public BadRequestException(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }
}
