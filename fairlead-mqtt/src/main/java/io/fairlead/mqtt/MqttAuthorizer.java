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

  /** The same for one client, prepared once for each of its connections. */
  default MqttRights rights(MqttClient client) {
    MqttAuthorizer all = this;
    return new MqttRights() {
      @Override
      public boolean mayPublish(byte[] topic, int qos, boolean retain) {
        return all.mayPublish(client, topic, qos, retain);
      }

      @Override
      public boolean maySubscribe(TopicFilter filter, int qos) {
        return all.maySubscribe(client, filter, qos);
      }

      @Override
      public boolean mayReceive(byte[] topic) {
        return all.mayReceive(client, topic);
      }
    };
  }

  /** Everyone may do everything. */
  static MqttAuthorizer open() {
    return OpenAuthorizer.INSTANCE;
  }
}
