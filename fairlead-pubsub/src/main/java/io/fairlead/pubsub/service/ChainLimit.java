package io.fairlead.pubsub.service;

import java.util.Locale;

/** Bounds of one chain's service. Whatever they refuse is counted under their label. */
enum ChainLimit {
  /** Requests without an answer. */
  IN_FLIGHT,
  /** Bytes that are not sent yet. */
  OUTBOUND,
  SUBSCRIPTIONS,
  /** A message or frame of a node; it ends the connection. */
  MESSAGE,
  /** What waits for one consumer. */
  QUEUE;

  String label() {
    return "pubsub_" + name().toLowerCase(Locale.ROOT);
  }
}
