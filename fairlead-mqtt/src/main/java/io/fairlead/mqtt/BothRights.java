package io.fairlead.mqtt;

import io.fairlead.mqtt.topic.TopicFilter;

/** What two authorizers both allow. Equal when its parts are. */
record BothRights(MqttAuthorizer one, MqttAuthorizer other) implements MqttAuthorizer {
  @Override
  public MqttRights rights(MqttClient client) {
    return new Both(one.rights(client), other.rights(client));
  }

  @Override
  public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
    return one.mayPublish(client, topic, qos, retain)
        && other.mayPublish(client, topic, qos, retain);
  }

  @Override
  public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
    return one.maySubscribe(client, filter, qos) && other.maySubscribe(client, filter, qos);
  }

  @Override
  public boolean mayReceive(MqttClient client, byte[] topic) {
    return one.mayReceive(client, topic) && other.mayReceive(client, topic);
  }

  private record Both(MqttRights one, MqttRights other) implements MqttRights {
    @Override
    public boolean mayPublish(byte[] topic, int qos, boolean retain) {
      return one.mayPublish(topic, qos, retain) && other.mayPublish(topic, qos, retain);
    }

    @Override
    public boolean maySubscribe(TopicFilter filter, int qos) {
      return one.maySubscribe(filter, qos) && other.maySubscribe(filter, qos);
    }

    @Override
    public boolean mayReceive(byte[] topic) {
      return one.mayReceive(topic) && other.mayReceive(topic);
    }

    @Override
    public boolean publishesStillUnder(MqttRights next) {
      return one.publishesStillUnder(next) && other.publishesStillUnder(next);
    }
  }
}
