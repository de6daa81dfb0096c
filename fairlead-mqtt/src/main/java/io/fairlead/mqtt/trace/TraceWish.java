package io.fairlead.mqtt.trace;

import io.fairlead.mqtt.topic.TopicFilter;
import java.time.Duration;
import java.util.Optional;

/**
 * What a trace catches: packets for which all that is said holds; nothing said is everything.
 *
 * @param topic only packets with a topic are caught: messages, subscriptions and their ends
 * @param address the client's, without its port
 * @param time above zero, {@link #TIME_MAX} at most
 */
public record TraceWish(
    Optional<String> clientId,
    Optional<TopicFilter> topic,
    Optional<String> address,
    Duration time) {
  /** A trace that was forgotten must not go on for ever. */
  public static final Duration TIME_MAX = Duration.ofHours(1);

  public TraceWish {
    if (!time.isPositive() || time.compareTo(TIME_MAX) > 0) {
      throw new IllegalArgumentException("time: " + time + " (expected: > 0, <= " + TIME_MAX + ")");
    }
  }
}
