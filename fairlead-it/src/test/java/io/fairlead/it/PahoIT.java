package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of others, of versions 3.1, 3.1.1 and 5.0, over TCP and WebSocket. */
class PahoIT {
  private static final String GATEWAY =
      "listeners: { mqtt: { bind: \"127.0.0.1:0\", proto: mqtt } }\n";

  @ParameterizedTest
  @CsvSource({
    "3, tcp://127.0.0.1:%d",
    "4, tcp://127.0.0.1:%d",
    "4, ws://127.0.0.1:%d/mqtt",
  })
  void version3GetsWhatItMissed(int version, String url) throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      String uri = url.formatted(gateway.port("mqtt"));
      BlockingQueue<String> received = new ArrayBlockingQueue<>(10);
      MqttConnectOptions kept = new MqttConnectOptions();
      kept.setMqttVersion(version);
      kept.setCleanSession(false);
      try (MqttClient subscriber = new MqttClient(uri, "s", new MemoryPersistence());
          MqttClient publisher = new MqttClient(uri, "p", new MemoryPersistence())) {
        subscriber.connect(kept);
        subscriber.subscribe("a/#", 2, (topic, m) -> received.add(topic + " " + m));
        subscriber.disconnect();
        MqttConnectOptions plain = new MqttConnectOptions();
        plain.setMqttVersion(version);
        publisher.connect(plain);
        for (int qos = 1; qos <= 2; qos++) {
          publisher.publish("a/" + qos, "m".getBytes(StandardCharsets.UTF_8), qos, false);
        }
        subscriber.setCallback(new Collecting(received));
        subscriber.connect(kept);
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("a/1 m");
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("a/2 m");
        publisher.disconnect();
        subscriber.disconnect();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp://127.0.0.1:%d", "ws://127.0.0.1:%d/mqtt"})
  void version5CarriesPropertiesAndSubscriptionIds(String url) throws Exception {
    try (var gateway = GatewayFixture.start(GATEWAY)) {
      String uri = url.formatted(gateway.port("mqtt"));
      BlockingQueue<MqttMessage> received = new ArrayBlockingQueue<>(10);
      var subscriber =
          new org.eclipse.paho.mqttv5.client.MqttClient(
              uri, "s", new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
      var publisher =
          new org.eclipse.paho.mqttv5.client.MqttClient(
              uri, "p", new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
      try {
        subscriber.connect(new MqttConnectionOptions());
        publisher.connect(new MqttConnectionOptions());
        subscriber.subscribe(
            new MqttSubscription[] {new MqttSubscription("a/+", 2)},
            new org.eclipse.paho.mqttv5.client.IMqttMessageListener[] {
              (topic, message) -> received.add(message)
            });
        MqttProperties properties = new MqttProperties();
        properties.setContentType("text/plain");
        properties.setMessageExpiryInterval(100L);
        publisher.publish(
            "a/b", new MqttMessage("hi".getBytes(StandardCharsets.UTF_8), 2, false, properties));
        MqttMessage message = received.poll(10, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        assertThat(message.toString()).isEqualTo("hi");
        assertThat(message.getQos()).isEqualTo(2);
        assertThat(message.getProperties().getContentType()).isEqualTo("text/plain");
        publisher.disconnect();
        subscriber.disconnect();
      } finally {
        publisher.close();
        subscriber.close();
      }
    }
  }

  /** Messages of subscriptions made on an earlier connection. */
  private record Collecting(BlockingQueue<String> received)
      implements org.eclipse.paho.client.mqttv3.MqttCallback {
    @Override
    public void connectionLost(Throwable cause) {}

    @Override
    public void messageArrived(String topic, org.eclipse.paho.client.mqttv3.MqttMessage message) {
      received.add(topic + " " + message);
    }

    @Override
    public void deliveryComplete(org.eclipse.paho.client.mqttv3.IMqttDeliveryToken token) {}
  }
}
