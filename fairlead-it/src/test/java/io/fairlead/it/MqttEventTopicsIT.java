package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What happens in a gateway reaches those who may read it, as messages. */
class MqttEventTopicsIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void anAdminHearsOfClientsConfigurationsAndRefusals() throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "boss:" + hash + ":admin\nann:" + hash + "\n");
    try (var gateway = GatewayFixture.start(dir, CONFIG);
        MqttLink boss = join(gateway, "boss", "pw")) {
      reloadChanged(gateway);
      assertThat(subscribe(boss, "$fairlead/events/#")).isEqualTo(ReasonCode.GRANTED_QOS_1);
      // What describes a state is there for those who come later.
      assertThat(next(boss, "$fairlead/events/config/applied"))
          .contains("\"kind\":\"config.applied\"", "\"generation\":2", "\"gateway\":\"gw\"");
      try (MqttLink ann = join(gateway, "ann", "pw")) {
        assertThat(next(boss, "$fairlead/events/mqtt/connected"))
            .contains("\"client_id\":\"ann\"", "\"principal\":\"ann\"");
        assertThat(subscribe(ann, "$fairlead/#")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
        ann.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
        assertThat(next(boss, "$fairlead/events/mqtt/disconnected"))
            .contains("\"client_id\":\"ann\"", "\"reason\":\"client\"");
      }
      try (MqttLink stranger = open(gateway, "ann", "wrong")) {
        assertThat(stranger.take(SOON).orElseThrow().type()).isEqualTo(PacketType.CONNACK);
      }
      assertThat(next(boss, "$fairlead/events/mqtt/refused"))
          .contains("\"remote\":\"127.0.0.1\"", "\"reason\":\"bad_user_name_or_password\"");
      reloadChanged(gateway);
      assertThat(next(boss, "$fairlead/events/config/applied")).contains("\"generation\":3");
    }
  }

  private static void reloadChanged(GatewayFixture gateway) throws Exception {
    Path users = gateway.dir().resolve("users");
    GatewayFixture.replace(users, Files.readString(users) + "# one line more\n");
    assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
  }

  private static String next(MqttLink link, String topic) throws Exception {
    while (true) {
      if (!(link.take(SOON).orElseThrow() instanceof Packet.Publish message)) continue;
      link.send(new Packet.Ack(PacketType.PUBACK, message.packetId(), ReasonCode.SUCCESS));
      if (!new String(message.topic(), UTF_8).equals(topic)) continue;
      return new String(message.payload(), UTF_8);
    }
  }

  private static ReasonCode subscribe(MqttLink link, String filter) throws Exception {
    link.send(new Packet.Subscribe(7, List.of(new Packet.Wish(filter, 1)), Properties.EMPTY));
    return ((Packet.SubAck) link.take(SOON).orElseThrow()).reasons().getFirst();
  }

  private static MqttLink join(GatewayFixture gateway, String user, String password)
      throws Exception {
    MqttLink link = open(gateway, user, password);
    assertThat(((Packet.ConnAck) link.take(SOON).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink open(GatewayFixture gateway, String user, String password)
      throws Exception {
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
        false,
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            user,
            Optional.empty(),
            Optional.of(user),
            password.getBytes(UTF_8),
            Properties.EMPTY),
        SOON);
  }

  private static final String CONFIG =
      """
      name: gw
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt:
        auth: [ { type: file, path: "@DIR@/users" } ]
        acl: { default: deny }
        anonymous: false
      """;
}
