package io.fairlead.mqtt;

import io.fairlead.mqtt.topic.TopicFilter;

/**
 * Decides what a client may do. Asked on event loops for every message whose topic differs from the
 * last: must neither block nor throw.
 */
public interface MqttAuthorizer {
  /** Whether the client may publish to this topic (UTF-8), also as its will. */
  boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain);

  /** Whether the client may subscribe to this filter. */
  boolean maySubscribe(MqttClient client, TopicFilter filter, int qos);

  /** Whether the client may be given messages of this topic, whatever it subscribed to. */
  boolean mayReceive(MqttClient client, byte[] topic);

  /**
   * Everyone may do everything, except that the broker's own topics, below {@code $SYS} and {@code
   * $fairlead}, are read only by accounts of the group {@code admin} once there are accounts.
   *
   * @param accounts whether there are
   */
  static MqttAuthorizer open(boolean accounts) {
    return new OpenAuthorizer(accounts);
  }
}
