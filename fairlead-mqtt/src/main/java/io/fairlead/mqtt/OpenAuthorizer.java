package io.fairlead.mqtt;

import io.fairlead.mqtt.topic.TopicFilter;

/** See {@link MqttAuthorizer#open}. */
enum OpenAuthorizer implements MqttAuthorizer {
  INSTANCE;

  @Override
  public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
    return true;
  }

  @Override
  public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
    return true;
  }

  @Override
  public boolean mayReceive(MqttClient client, byte[] topic) {
    return true;
  }

  @Override
  public MqttRights rights(MqttClient client) {
    return MqttRights.ALL;
  }
}
