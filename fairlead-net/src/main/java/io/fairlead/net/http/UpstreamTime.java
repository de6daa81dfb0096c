package io.fairlead.net.http;

import java.util.Locale;

/** Times that an upstream may take. What ended for one is counted under its label. */
enum UpstreamTime {
  /** Until there is a connection. */
  CONNECT,
  /** Until the head of a response. */
  RESPONSE_HEADER,
  /** Quiet in the middle of a response. */
  RESPONSE_IDLE,
  /** The same of what may be quiet: events, gRPC and upgraded streams. */
  STREAM_IDLE;

  private final String label = "upstream_" + name().toLowerCase(Locale.ROOT) + "_time";

  /** Of the meter {@code fairlead_limit_rejections_total}. */
  String label() {
    return label;
  }
}
