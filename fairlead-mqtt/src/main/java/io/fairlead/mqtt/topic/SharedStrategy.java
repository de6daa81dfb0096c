package io.fairlead.mqtt.topic;

/** Which member of a shared group gets the next message. */
public enum SharedStrategy {
  /** Each in turn. */
  ROUND_ROBIN,
  /** The one with the fewest unacknowledged messages. */
  LEAST_INFLIGHT,
  /** The same one while it takes messages. */
  STICKY,
  /** By the publisher's client id: one publisher's messages stay together and in order. */
  HASH_CLIENT_ID,
  /** By the topic: one topic's messages stay together and in order. */
  HASH_TOPIC
}
