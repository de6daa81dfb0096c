package io.fairlead.app.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.http.EventJson;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttEvents;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.Message;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events of the gateway as messages of its broker, with QoS 1, in order. What nobody
 * subscribed to is not even made into text, unless it is retained. At most {@link #WAITING_MAX}
 * wait; how many were lost beyond that is said below {@code gap}.
 */
public final class EventTopics {
  static final int WAITING_MAX = 1_000;
  private static final Map<String, String> AREAS =
      Map.of(
          "member", "registry/",
          "flow", "proxy/",
          "upstream", "proxy/",
          "cert", "config/");

  private final MqttBroker broker;
  private final Supplier<MqttEvents> settings;
  private final Supplier<String> gateway;
  private final Predicate<byte[]> wanted;
  private EventBus.@Nullable Subscription subscription;
  private long lost; // of the mailbox's thread, as is the rest

  private EventTopics(MqttBroker broker, Supplier<MqttEvents> settings, Supplier<String> gateway) {
    this.broker = broker;
    this.settings = settings;
    this.gateway = gateway;
    this.wanted = broker.desk().listeners();
  }

  /** Publishes from now on, until the bus closes. */
  public static void follow(
      EventBus events, MqttBroker broker, Supplier<MqttEvents> settings, Supplier<String> gateway) {
    EventTopics topics = new EventTopics(broker, settings, gateway);
    topics.subscription = events.subscribe("mqtt", WAITING_MAX, topics::on);
  }

  private void on(GatewayEvent event) {
    MqttEvents now = settings.get();
    if (!now.enabled()) return;
    tellLost(now);
    // The registry tells of itself at more length.
    if (event.kind().startsWith("registry.")) return;
    boolean retain = event instanceof GatewayEvent.ConfigApplied && now.retainState();
    byte[] topic = (now.prefix() + "/" + topic(event)).getBytes(UTF_8);
    if (!retain && !wanted.test(topic)) return;
    publish(topic, EventJson.of(event, gateway.get()), retain);
  }

  private void tellLost(MqttEvents now) {
    EventBus.Subscription mine = subscription;
    long total = mine == null ? 0 : mine.dropped();
    if (total == lost) return;
    String text = "{\"missed\":" + (total - lost) + "}";
    lost = total;
    publish((now.prefix() + "/gap").getBytes(UTF_8), text.getBytes(UTF_8), false);
  }

  private void publish(byte[] topic, byte[] payload, boolean retain) {
    broker
        .desk()
        .publish(new Message(topic, payload, 1, retain, Properties.EMPTY, Message.NEVER, ""));
  }

  /** Below the prefix. */
  static String topic(GatewayEvent event) {
    String kind = event.kind();
    int dot = kind.indexOf('.');
    String area = dot < 0 ? "" : AREAS.getOrDefault(kind.substring(0, dot), "");
    return area + kind.replace('.', '/');
  }
}
