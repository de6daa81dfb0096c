package io.fairlead.app.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.store.Message;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Publishes at the gateway's own broker, as the broker itself, below {@code PREFIX/chain/}.
 *
 * @param prefix of all of the gateway's topics, of this moment
 */
public record BrokerOut(MqttBroker broker, Supplier<String> prefix) implements TopicOut {
  private static final Properties JSON =
      Properties.of()
          .with(PropertyId.PAYLOAD_FORMAT, 1)
          .with(PropertyId.CONTENT_TYPE, "application/json")
          .build();

  @Override
  public CompletionStage<Boolean> publish(Letter letter) {
    Properties properties =
        letter.key().isEmpty() ? JSON : JSON.and().user("chain-key", letter.key()).build();
    String topic = prefix.get() + "/chain/" + letter.topic();
    Message message =
        new Message(
            topic.getBytes(UTF_8),
            letter.payload(),
            letter.qos(),
            letter.retain(),
            properties,
            Message.NEVER,
            "");
    return broker.desk().deliver(message).thenApply(reason -> !reason.error());
  }
}
