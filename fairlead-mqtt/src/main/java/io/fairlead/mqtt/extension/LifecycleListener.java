package io.fairlead.mqtt.extension;

/**
 * Hears of sessions and subscriptions as they come and go, in their order for each client. {@link
 * BrokerServices#events} tells part of the same on a thread of its own, where some may be missed.
 */
@NonBlocking
public interface LifecycleListener {
  /** There is a session that was not there before. */
  default void sessionBegan(Sender client) {}

  /**
   * A client is connected; its CONNACK was sent.
   *
   * @param sessionPresent its session was there before
   */
  default void connected(Sender client, boolean sessionPresent) {}

  /** Another connection of the client takes the session over; {@link #disconnected} is next. */
  default void sessionTakenOver(Sender client) {}

  /**
   * @param reason {@code client} (it said good-bye), {@code lost}, or the word of the reason that
   *     the client was told
   */
  default void disconnected(Sender client, String reason) {}

  /**
   * @param expired its time without a connection was over
   */
  default void sessionEnded(Sender client, boolean expired) {}

  /**
   * @param qos that was granted
   */
  default void subscribed(Sender client, String filter, int qos) {}

  /** On the client's wish, or because its right went; not when its session ends. */
  default void unsubscribed(Sender client, String filter) {}
}
