package io.fairlead.app.pubsub;

import java.util.concurrent.CompletionStage;

/** Where messages about chains go. Thread-safe. */
@FunctionalInterface
public interface TopicOut {
  /**
   * One message.
   *
   * @param topic below the prefix of all chains, e.g. {@code main/heads}
   * @param key the same whenever this is told again; empty where it says nothing
   */
  record Letter(String topic, byte[] payload, int qos, boolean retain, String key) {}

  /**
   * Hands a message over; messages of one topic stay in order.
   *
   * @return completes once it is safe, with whether it was taken; maybe never
   */
  CompletionStage<Boolean> publish(Letter letter);
}
