package io.fairlead.mqtt.codec;

import java.util.Locale;

/** Bounds that a client of the broker can meet. What each did is counted under its label. */
public enum MqttLimit {
  /** A packet of a client that is not accepted yet. */
  CONNECT_PACKET,
  PACKET,
  /** From the accept to a whole CONNECT. */
  CONNECT_TIME,
  /** From CONNECT to its answer. */
  AUTH_TIME,
  /** From a packet's first byte to its last. */
  FRAME_TIME,
  /** Half as much again as the client's keep alive, without a packet. */
  KEEP_ALIVE,
  /** A receiver with a full queue that does not read. */
  STALL,
  /** Bytes of a client id of version 3.1. */
  CLIENT_ID,
  /** Bytes or levels of a topic or filter. */
  TOPIC,
  /** Wildcards of one filter. */
  WILDCARDS,
  USER_PROPERTIES,
  RECEIVE_MAXIMUM,
  /** Numbers of topics, or the bytes of the topics that have one. */
  TOPIC_ALIASES,
  SUBSCRIPTIONS,
  SUBSCRIPTIONS_TOTAL,
  SUBSCRIBE_RATE,
  /** Groups that share subscriptions, all together. */
  SHARED_GROUPS,
  SESSIONS,
  /** Sessions of one account. */
  USER_SESSIONS,
  /** A session is kept for less time than its client asked for. */
  SESSION_EXPIRY,
  /** A client's messages waited because so many were not acknowledged; once a connection. */
  WINDOW,
  /** A client was read later because of what it published. */
  PUBLISH_RATE,
  /** The same for all clients of one account. */
  USER_PUBLISH_RATE,
  /** The same for all clients of one listener. */
  LISTENER_PUBLISH_RATE,
  /** Messages of one client that wait for the store: it was read later. */
  UNKEPT,
  /** An extension had not answered about what a client sent: it was read later. */
  AWAITED,
  /** What one extension asked of the broker: it had asked for too much already. */
  EXTENSION_CALLS,
  /** What waits for one session or shared group. */
  QUEUE,
  /** What waits between two event loops. */
  HANDED,
  /** Retained messages, or their bytes. */
  RETAINED,
  /** A step of the memory budget. */
  MEMORY;

  private final String label = "mqtt_" + name().toLowerCase(Locale.ROOT);

  /** Of the meter {@code fairlead_limit_rejections_total}. */
  public String label() {
    return label;
  }
}
