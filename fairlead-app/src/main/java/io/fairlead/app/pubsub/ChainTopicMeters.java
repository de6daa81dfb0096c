package io.fairlead.app.pubsub;

import io.fairlead.core.meter.Meters;

/** What is counted on the way from chains to topics. Thread-safe. */
final class ChainTopicMeters {
  private final Meters meters;

  ChainTopicMeters(Meters meters) {
    this.meters = meters;
  }

  void told(String chain) {
    meters
        .counter(
            "pubsub.topics.messages", "Messages about chains handed to the broker.", "chain", chain)
        .increment();
  }

  void failed(String chain) {
    meters
        .counter(
            "pubsub.topics.interruptions",
            "Times a named subscription ended, or a message of it was not taken.",
            "chain",
            chain)
        .increment();
  }
}
