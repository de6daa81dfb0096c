package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Clients of one broker that must keep what it acknowledged.
 *
 * @param patience with each answer
 */
record MqttClients(InetSocketAddress broker, Duration patience) {
  private static final int SESSION_SECONDS = 3600;

  /** Those of a gateway's listener {@code mqtt}. */
  static MqttClients of(GatewayFixture gateway, Duration patience) {
    return new MqttClients(new InetSocketAddress("127.0.0.1", gateway.port("mqtt")), patience);
  }

  /** A client without a session before or after. */
  MqttLink join(String id) throws IOException {
    return open(id, MqttVersion.V5, true);
  }

  /** A client whose session outlives its connection. */
  MqttLink lasting(String id) throws IOException {
    return open(id, MqttVersion.V5, false);
  }

  MqttLink open(String id, MqttVersion version, boolean clean) throws IOException {
    MqttLink link = connect(id, version, clean);
    assertThat(answer(link)).isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  /** What a client is told that is not to come in. */
  ReasonCode refusal(String id, MqttVersion version) throws IOException {
    try (MqttLink link = connect(id, version, true)) {
      return answer(link);
    }
  }

  private ReasonCode answer(MqttLink link) throws IOException {
    return ((Packet.ConnAck) link.take(patience).orElseThrow()).reason();
  }

  private MqttLink connect(String id, MqttVersion version, boolean clean) throws IOException {
    Properties lasts = Properties.of().with(PropertyId.SESSION_EXPIRY, SESSION_SECONDS).build();
    Packet.Connect packet =
        new Packet.Connect(
            version,
            clean,
            0,
            id,
            Optional.empty(),
            Optional.empty(),
            null,
            clean || !version.rich() ? Properties.EMPTY : lasts);
    return MqttLink.open(broker, false, packet, patience);
  }

  /** Waits until it is granted. */
  void subscribe(MqttLink link, String filter, int qos) throws IOException {
    link.send(wish(filter, qos));
    assertThat(link.take(patience).orElseThrow()).isInstanceOf(Packet.SubAck.class);
  }

  static Packet.Subscribe wish(String filter, int qos) {
    return new Packet.Subscribe(1, List.of(new Packet.Wish(filter, qos)), Properties.EMPTY);
  }

  /**
   * @param id 0 at QoS 0
   */
  static Packet.Publish message(String topic, int bytes, int qos, int id) {
    return new Packet.Publish(
        topic.getBytes(UTF_8), new byte[bytes], qos, false, false, id, Properties.EMPTY);
  }
}
