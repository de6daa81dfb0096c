package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.mqtt.MqttAuthenticator.Answer;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.extension.BrokerServices;
import io.fairlead.mqtt.extension.ConnectInterceptor;
import io.fairlead.mqtt.extension.MqttExtension;
import io.fairlead.mqtt.extension.PublishInterceptor;
import io.fairlead.mqtt.extension.Sender;
import io.fairlead.mqtt.extension.SubscribeInterceptor;
import io.fairlead.mqtt.store.Message;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An extension as somebody would write one: readings above a bound raise an alarm, what is below
 * {@code private/} stays where it is, and one client is not let in.
 */
public final class AlarmExtension implements MqttExtension {
  private volatile String topic = "alarms";

  @Override
  public String name() {
    return "alarm";
  }

  @Override
  public void start(BrokerServices services) {
    topic = services.settings().getOrDefault("topic", topic);
    int bound = Integer.parseInt(services.settings().getOrDefault("above", "100"));
    var _ = // refused only if the broker shares no such subscription
        services.subscribe(
            "readings/+",
            1,
            message -> {
              String text = new String(message.payload(), UTF_8);
              if (Integer.parseInt(text) <= bound) return;
              services.desk().publish(saying(topic, text));
            });
  }

  @Override
  public Optional<ConnectInterceptor> connects() {
    return Optional.of(
        (shown, known) ->
            CompletableFuture.completedFuture(
                shown.clientId().equals("banned") ? new Answer.Refused(ReasonCode.BANNED) : known));
  }

  @Override
  public Optional<PublishInterceptor> publishes() {
    return Optional.of(
        new PublishInterceptor() {
          @Override
          public Optional<Message> incoming(Sender from, Message message, boolean will) {
            return switch (new String(message.topic(), UTF_8)) {
              case "nowhere" -> Optional.empty();
              case "old/name" -> Optional.of(saying("new/name", from.clientId()));
              case "bad" -> throw new IllegalStateException("a mistake in the extension");
              default -> Optional.of(message);
            };
          }

          @Override
          public Optional<Message> outgoing(Sender to, Message message) {
            return new String(message.topic(), UTF_8).startsWith("private/")
                ? Optional.empty()
                : Optional.of(message);
          }
        });
  }

  @Override
  public Optional<SubscribeInterceptor> subscribes() {
    return Optional.of(
        (client, filter, qos) ->
            switch (filter) {
              case "forbidden" -> ReasonCode.NOT_AUTHORIZED;
              case "lowered" -> ReasonCode.granted(0);
              default -> ReasonCode.granted(qos);
            });
  }

  private static Message saying(String topic, String text) {
    return new Message(
        topic.getBytes(UTF_8), text.getBytes(UTF_8), 1, false, Properties.EMPTY, Message.NEVER, "");
  }
}
