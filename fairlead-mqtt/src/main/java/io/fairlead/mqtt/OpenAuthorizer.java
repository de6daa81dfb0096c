package io.fairlead.mqtt;

import io.fairlead.mqtt.topic.TopicFilter;
import java.nio.charset.StandardCharsets;

/** See {@link MqttAuthorizer#open}. */
record OpenAuthorizer(boolean accounts) implements MqttAuthorizer {
  private static final byte[] SYS = "$SYS/".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OWN = "$fairlead/".getBytes(StandardCharsets.US_ASCII);

  @Override
  public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
    return true;
  }

  @Override
  public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
    if (!accounts || client.groups().contains("admin")) return true;
    String text = filter.toString();
    return !text.startsWith("$SYS") && !text.startsWith("$fairlead");
  }

  @Override
  public boolean mayReceive(MqttClient client, byte[] topic) {
    if (!accounts || topic.length == 0 || topic[0] != '$') return true;
    boolean brokers = startsWith(topic, SYS) || startsWith(topic, OWN);
    return !brokers || client.groups().contains("admin");
  }

  private static boolean startsWith(byte[] topic, byte[] prefix) {
    if (topic.length < prefix.length) return false;
    for (int i = 0; i < prefix.length; i++) if (topic[i] != prefix[i]) return false;
    return true;
  }
}
