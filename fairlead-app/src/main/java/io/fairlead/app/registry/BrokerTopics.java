package io.fairlead.app.registry;

import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.Message;
import java.nio.charset.StandardCharsets;

/** Publishes what the registry tells at the gateway's own broker, as the broker itself. */
public record BrokerTopics(MqttBroker broker) implements RegistryTopics.Out {
  private static final int QOS = 1;

  @Override
  public void publish(String topic, byte[] payload, boolean retain) {
    broker
        .desk()
        .publish(
            new Message(
                topic.getBytes(StandardCharsets.UTF_8),
                payload,
                QOS,
                retain,
                Properties.EMPTY,
                Message.NEVER,
                ""));
  }
}
