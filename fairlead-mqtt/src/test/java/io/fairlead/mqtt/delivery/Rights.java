package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Allows all but what it was told not to: words such as {@code publish:a/b}. */
record Rights(Set<String> denied) implements MqttAuthorizer {
  static Rights without(String... words) {
    return new Rights(new HashSet<>(List.of(words)));
  }

  @Override
  public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
    String word = "publish:" + new String(topic, UTF_8);
    return !denied.contains(word)
        && !denied.contains(word + ":qos" + qos)
        && !(retain && denied.contains(word + ":retain"));
  }

  @Override
  public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
    return !denied.contains("subscribe:" + filter);
  }

  @Override
  public boolean mayReceive(MqttClient client, byte[] topic) {
    return !denied.contains("receive:" + new String(topic, UTF_8));
  }
}
