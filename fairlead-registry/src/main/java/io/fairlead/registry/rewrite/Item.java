package io.fairlead.registry.rewrite;

/**
 * One text of a list.
 *
 * @param value what it means
 * @param start of the scalar in the text, quotes included
 * @param end behind it
 */
record Item(String value, int start, int end, Quote quote) {
  /** How a scalar is written. */
  enum Quote {
    PLAIN,
    SINGLE,
    DOUBLE,
    /** Three quotes, TOML only; rewritten with {@link #DOUBLE}. */
    MULTI_LINE
  }
}
