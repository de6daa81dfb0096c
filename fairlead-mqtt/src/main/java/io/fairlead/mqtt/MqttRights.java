package io.fairlead.mqtt;

import io.fairlead.mqtt.topic.TopicFilter;

/**
 * What one client may do. Used by one thread at a time, for every message whose topic differs from
 * the last: must neither block nor throw.
 */
public interface MqttRights {
  /** Everything. */
  MqttRights ALL =
      new MqttRights() {
        @Override
        public boolean mayPublish(byte[] topic, int qos, boolean retain) {
          return true;
        }

        @Override
        public boolean maySubscribe(TopicFilter filter, int qos) {
          return true;
        }

        @Override
        public boolean mayReceive(byte[] topic) {
          return true;
        }
      };

  /** Whether it may publish to this topic (UTF-8), also as its will. */
  boolean mayPublish(byte[] topic, int qos, boolean retain);

  /** Whether it may subscribe to this filter. */
  boolean maySubscribe(TopicFilter filter, int qos);

  /**
   * Whether {@code next} allows to publish what this one has allowed to publish lately, as far as
   * it remembers. One that remembers nothing says yes.
   */
  default boolean publishesStillUnder(MqttRights next) {
    return true;
  }

  /** Whether it may be given messages of this topic, whatever it subscribed to. */
  boolean mayReceive(byte[] topic);
}
