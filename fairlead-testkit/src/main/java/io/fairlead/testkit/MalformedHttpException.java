package io.fairlead.testkit;

import java.io.IOException;

/** Bytes that are not HTTP/1 in its one unambiguous form. */
public final class MalformedHttpException extends IOException {
  private static final long serialVersionUID = 1;

  public MalformedHttpException(String message) {
    super(message);
  }
}
