package io.fairlead.net.http;

import java.util.Locale;

/**
 * Bounds of server connections that end one, or hold one back, without an answer that tells. How
 * often each did is counted under its label.
 */
public enum EdgeBound {
  /** Nothing came after the connection was opened. */
  FIRST_REQUEST("http_"),
  /** Nothing came after the last answer. */
  KEEP_ALIVE("http_"),
  /** The client took nothing of what waits for it. */
  WRITE_STALL("http_"),
  /** So many requests wait that it was read no further for a while. */
  PIPELINED_REQUESTS("http_"),
  /** Its last request came. */
  REQUESTS_PER_CONNECTION("http_"),
  /** A body rested, so as not to be faster than its rate. */
  BANDWIDTH("");

  private final String label;

  EdgeBound(String prefix) {
    label = prefix + name().toLowerCase(Locale.ROOT);
  }

  /** Of the meter {@code fairlead_limit_rejections_total}. */
  String label() {
    return label;
  }
}
