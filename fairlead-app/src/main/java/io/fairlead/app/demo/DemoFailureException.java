package io.fairlead.app.demo;

/** An act did not come to its end: what was waited for, and for how long. */
public final class DemoFailureException extends Exception {
  private static final long serialVersionUID = 1;

  DemoFailureException(String message) {
    super(message);
  }
}
