package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A gateway with an extension of its broker on the class path. */
class MqttExtensionIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String PLAIN =
      """
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt: { persistence: { durability: memory }
      """;

  @Test
  void anExtensionChangesDropsRefusesAndPublishes() throws Exception {
    try (var gateway =
            GatewayFixture.start(
                PLAIN.strip()
                    + ", extensions: { alarm: { topic: alarms/hot, above: \"90\" } } }\n");
        MqttLink link = MqttClients.of(gateway, SOON).join("a")) {
      assertThat(subscribe(link, "#", "forbidden", "lowered"))
          .containsExactly(ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED, ReasonCode.SUCCESS);
      for (String topic : List.of("nowhere", "bad", "private/x", "old/name"))
        publish(link, topic, "1");
      publish(link, "readings/1", "91");
      publish(link, "readings/2", "90");
      List<String> heard = new ArrayList<>();
      while (!heard.contains("readings/2 90") || !heard.contains("alarms/hot 91")) {
        Packet packet = link.take(SOON).orElseThrow();
        if (!(packet instanceof Packet.Publish publish)) continue;
        heard.add(new String(publish.topic(), UTF_8) + " " + new String(publish.payload(), UTF_8));
        link.send(new Packet.Ack(PacketType.PUBACK, publish.packetId(), ReasonCode.SUCCESS));
      }
      assertThat(heard)
          .containsExactlyInAnyOrder(
              "new/name a", "readings/1 91", "readings/2 90", "alarms/hot 91");
      assertThat(MqttClients.of(gateway, SOON).refusal("banned", MqttVersion.V5))
          .isEqualTo(ReasonCode.BANNED);
      assertThat(gateway.api().get("/metrics").text())
          .contains("fairlead_mqtt_extension_failures_total{extension=\"alarm\"} 1.0");
    }
  }

  @Test
  void anExtensionThatIsNotNamedIsNotUsedAndOneThatIsNotThereIsSaid() throws Exception {
    try (var gateway = GatewayFixture.start(PLAIN.strip() + " }\n");
        MqttLink link = MqttClients.of(gateway, SOON).join("banned")) {
      assertThat(subscribe(link, "forbidden")).containsExactly(ReasonCode.GRANTED_QOS_1);
    }
    assertThatThrownBy(
            () -> GatewayFixture.start(PLAIN.strip() + ", extensions: { nobody: {} } }\n").close())
        .hasMessageContaining("nobody");
  }

  private static List<ReasonCode> subscribe(MqttLink link, String... filters) throws Exception {
    List<Packet.Wish> wishes = new ArrayList<>();
    for (String each : filters) wishes.add(new Packet.Wish(each, 1));
    link.send(new Packet.Subscribe(link.nextId(), wishes, Properties.EMPTY));
    return ((Packet.SubAck) link.take(SOON).orElseThrow()).reasons();
  }

  private static void publish(MqttLink link, String topic, String payload) throws Exception {
    link.send(
        new Packet.Publish(
            topic.getBytes(UTF_8),
            payload.getBytes(UTF_8),
            1,
            false,
            false,
            link.nextId(),
            Properties.EMPTY));
  }
}
