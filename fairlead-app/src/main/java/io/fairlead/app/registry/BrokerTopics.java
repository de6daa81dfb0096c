package io.fairlead.app.registry;

import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttEvents;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.Message;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Publishes what the registry tells at the gateway's own broker, as the broker itself.
 *
 * @param events whether and below which topic, of this moment
 */
public record BrokerTopics(MqttBroker broker, Supplier<MqttEvents> events)
    implements RegistryTopics.Out {
  private static final int QOS = 1;
  private static final String USUAL = "$fairlead/events";

  @Override
  public void publish(String topic, byte[] payload, boolean retain) {
    MqttEvents now = events.get();
    if (!now.enabled()) return;
    boolean usual = now.prefix().equals(USUAL) || !topic.startsWith(USUAL + "/");
    String placed = usual ? topic : now.prefix() + topic.substring(USUAL.length());
    broker
        .desk()
        .publish(
            new Message(
                placed.getBytes(StandardCharsets.UTF_8),
                payload,
                QOS,
                retain,
                Properties.EMPTY,
                Message.NEVER,
                ""));
  }
}
