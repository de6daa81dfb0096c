package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The access list of a running gateway, and what changes of it do. */
class MqttAclIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String LIST =
      """
      user ann
      topic readwrite house/#
      topic deny house/safe
      user bob
      topic read house/+
      pattern readwrite own/%u/#
      """;

  @Test
  void everyWayToATopicAsksTheList() throws Exception {
    Path dir = folder(LIST);
    try (var gateway = GatewayFixture.start(dir, CONFIG);
        MqttLink ann = join(gateway, "a", "ann", Optional.empty());
        MqttLink bob = join(gateway, "b", "bob", Optional.empty())) {
      assertThat(publish(ann, "house/light", false)).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
      assertThat(publish(ann, "house/safe", false)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(publish(bob, "house/light", false)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(publish(bob, "own/bob/x", false)).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
      assertThat(publish(bob, "own/ann/x", false)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(subscribe(ann, "house/#")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(subscribe(ann, "#")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(subscribe(ann, "house/light")).isEqualTo(ReasonCode.GRANTED_QOS_1);
      assertThat(subscribe(bob, "house/+")).isEqualTo(ReasonCode.GRANTED_QOS_1);
      assertThat(subscribe(bob, "$share/g/other/+")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(subscribe(bob, "$SYS/#")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      Packet.Will forbidden =
          new Packet.Will("house/safe".getBytes(UTF_8), new byte[0], 0, false, Properties.EMPTY);
      try (MqttLink dying = open(gateway, "c", "ann", Optional.of(forbidden))) {
        assertThat(((Packet.ConnAck) dying.take(SOON).orElseThrow()).reason())
            .isEqualTo(ReasonCode.NOT_AUTHORIZED);
      }
    }
  }

  @Test
  void whoLosesASubscriptionIsCutAndNobodyElse() throws Exception {
    Path dir = folder(LIST);
    try (var gateway = GatewayFixture.start(dir, CONFIG);
        MqttLink ann = join(gateway, "a", "ann", Optional.empty());
        MqttLink idle = join(gateway, "idle", "bob", Optional.empty());
        MqttLink bob = join(gateway, "b", "bob", Optional.empty())) {
      assertThat(subscribe(ann, "house/light")).isEqualTo(ReasonCode.GRANTED_QOS_1);
      assertThat(subscribe(bob, "house/+")).isEqualTo(ReasonCode.GRANTED_QOS_1);
      GatewayFixture.replace(
          dir.resolve("mqtt.acl"), LIST.replace("topic read house/+", "topic read house/door"));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      assertThat(bob.take(SOON))
          .contains(new Packet.Disconnect(ReasonCode.NOT_AUTHORIZED, Properties.EMPTY));
      ping(ann);
      ping(idle);
      assertThat(subscribe(idle, "house/+")).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      assertThat(subscribe(idle, "house/door")).isEqualTo(ReasonCode.GRANTED_QOS_1);
    }
  }

  @Test
  void whoPublishedWhatItMayNotAnyMoreIsCutAndNobodyElse() throws Exception {
    Path dir = folder(LIST);
    try (var gateway = GatewayFixture.start(dir, CONFIG);
        MqttLink earlier = join(gateway, "a", "ann", Optional.empty());
        MqttLink last = join(gateway, "l", "ann", Optional.empty());
        MqttLink other = join(gateway, "o", "ann", Optional.empty());
        MqttLink idle = join(gateway, "i", "ann", Optional.empty())) {
      for (String topic : List.of("house/light", "house/door", "house/bell")) {
        assertThat(publish(earlier, topic, false)).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
      }
      assertThat(publish(last, "house/light", true).error()).isFalse();
      assertThat(publish(other, "house/bell", false).error()).isFalse();
      assertThat(publish(other, "house/safe", false)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
      GatewayFixture.replace(
          dir.resolve("mqtt.acl"),
          LIST.replace("house/safe", "house/light\ntopic deny house/safe"));
      assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
      for (MqttLink cut : List.of(earlier, last)) {
        assertThat(cut.take(SOON))
            .contains(new Packet.Disconnect(ReasonCode.NOT_AUTHORIZED, Properties.EMPTY));
      }
      ping(other); // it had no right to lose
      ping(idle);
      assertThat(publish(idle, "house/light", false)).isEqualTo(ReasonCode.NOT_AUTHORIZED);
    }
  }

  @Test
  void aWrongListIsRefusedWithItsPlaceAndTheOldOneStays() throws Exception {
    Path dir = folder(LIST);
    try (var gateway = GatewayFixture.start(dir, CONFIG);
        MqttLink ann = join(gateway, "a", "ann", Optional.empty())) {
      GatewayFixture.replace(dir.resolve("mqtt.acl"), "user ann\ntopic raed house/#\n");
      var refused = gateway.api().post("/v1/reload");
      assertThat(refused.status()).isNotEqualTo(200);
      assertThat(new String(refused.body(), UTF_8)).contains("F1240", "mqtt.acl", "raed");
      assertThat(publish(ann, "house/light", false)).isEqualTo(ReasonCode.NO_MATCHING_SUBSCRIBERS);
    }
  }

  @Test
  void aSubscriptionKeptWhileItsClientWasAwayIsAskedForAgain() throws Exception {
    Path dir = folder(LIST);
    try (var gateway = GatewayFixture.start(dir, CONFIG)) {
      try (MqttLink bob = kept(gateway)) {
        assertThat(subscribe(bob, "house/+")).isEqualTo(ReasonCode.GRANTED_QOS_1);
        bob.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
      }
      try (MqttLink ann = join(gateway, "a", "ann", Optional.empty())) {
        publish(ann, "house/before", false); // waits for bob, who may not read it any more
        GatewayFixture.replace(dir.resolve("mqtt.acl"), "user ann\ntopic house/#\n");
        assertThat(gateway.api().post("/v1/reload").status()).isEqualTo(200);
        try (MqttLink bob = kept(gateway)) {
          publish(ann, "house/after", false);
          ping(bob); // nothing came before the answer
        }
      }
    }
  }

  private static Path folder(String list) throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "ann:" + hash + "\nbob:" + hash + "\n");
    Files.writeString(dir.resolve("mqtt.acl"), list);
    return dir;
  }

  private static ReasonCode publish(MqttLink link, String topic, boolean retain)
      throws IOException {
    link.send(
        new Packet.Publish(
            topic.getBytes(UTF_8), "x".getBytes(UTF_8), 1, retain, false, 9, Properties.EMPTY));
    while (true) {
      if (link.take(SOON).orElseThrow() instanceof Packet.Ack ack) return ack.reason();
    }
  }

  private static ReasonCode subscribe(MqttLink link, String filter) throws IOException {
    link.send(new Packet.Subscribe(7, List.of(new Packet.Wish(filter, 1)), Properties.EMPTY));
    Packet answer = link.take(SOON).orElseThrow();
    assertThat(answer.type()).isEqualTo(PacketType.SUBACK);
    return ((Packet.SubAck) answer).reasons().getFirst();
  }

  private static void ping(MqttLink link) throws IOException {
    link.send(Packet.PingReq.INSTANCE);
    assertThat(link.take(SOON)).contains(Packet.PingResp.INSTANCE);
  }

  private static MqttLink join(
      GatewayFixture gateway, String id, String user, Optional<Packet.Will> will)
      throws IOException {
    MqttLink link = open(gateway, id, user, will);
    assertThat(((Packet.ConnAck) link.take(SOON).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink open(
      GatewayFixture gateway, String id, String user, Optional<Packet.Will> will)
      throws IOException {
    return connect(
        gateway,
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            id,
            will,
            Optional.of(user),
            "pw".getBytes(UTF_8),
            Properties.EMPTY));
  }

  /** One whose session outlives its connection. */
  private static MqttLink kept(GatewayFixture gateway) throws IOException {
    MqttLink link =
        connect(
            gateway,
            new Packet.Connect(
                MqttVersion.V3_1_1,
                false,
                60,
                "kept",
                Optional.empty(),
                Optional.of("bob"),
                "pw".getBytes(UTF_8),
                Properties.EMPTY));
    assertThat(link.take(SOON).orElseThrow().type()).isEqualTo(PacketType.CONNACK);
    return link;
  }

  private static MqttLink connect(GatewayFixture gateway, Packet.Connect packet)
      throws IOException {
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")), false, packet, SOON);
  }

  private static final String CONFIG =
      """
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt:
        auth: [ { type: file, path: "@DIR@/users" } ]
        acl: { file: "@DIR@/mqtt.acl" }
        anonymous: false
      """;
}
