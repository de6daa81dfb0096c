package io.fairlead.core.config;

/** What came of one scalar. */
sealed interface Outcome<T> {
  /** A value. */
  record Good<T>(T value) implements Outcome<T> {}

  /**
   * None.
   *
   * @param what completes a sentence whose subject is the scalar: {@code is not a duration}
   * @param hint how to mend it; may repeat the scalar only when it is {@link #literal}
   */
  record Bad<T>(Code code, String what, String hint) implements Outcome<T> {}

  /** A hint that repeats the scalar, or the general one when that must not be repeated. */
  static String literal(Node.Scalar scalar, String hint, String general) {
    return scalar.substituted() || scalar.tainted() ? general : hint;
  }
}
