package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Bounds of accounts, clients sent elsewhere, and what the broker says of itself. */
class MqttQuotaIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void anAccountHasOnlySoManySessionsAndOneThatEndsMakesRoom() throws Exception {
    try (var gateway = start("limits: { per_user: { sessions: 1 } }")) {
      try (MqttLink one = join(gateway, "1", "ann")) {
        assertThat(refusal(gateway, "2", "ann")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
        assertThat(gateway.api().send("DELETE", "/v1/mqtt/clients/1?session=1", "").status())
            .isEqualTo(200);
        assertThat(one.take(SOON).orElseThrow()).isInstanceOf(Packet.Disconnect.class);
      }
      try (MqttLink two = join(gateway, "2", "ann")) {
        assertThat(refusal(gateway, "1", "ann")).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
      }
    }
  }

  @Test
  void subscriptionsBeyondTheRateAreRefused() throws Exception {
    try (var gateway = start("limits: { subscribe_rate: 3/s }");
        MqttLink link = join(gateway, "1", "ann")) {
      List<Packet.Wish> wishes = new ArrayList<>();
      for (int i = 0; i < 5; i++) wishes.add(new Packet.Wish("t/" + i, 0));
      link.send(new Packet.Subscribe(1, wishes, Properties.EMPTY));
      List<ReasonCode> reasons = ((Packet.SubAck) link.take(SOON).orElseThrow()).reasons();
      assertThat(reasons)
          .containsExactly(
              ReasonCode.granted(0),
              ReasonCode.granted(0),
              ReasonCode.granted(0),
              ReasonCode.QUOTA_EXCEEDED,
              ReasonCode.QUOTA_EXCEEDED);
    }
  }

  @Test
  void connectionsOfOneAccountShareWhatItMayPublish() throws Exception {
    try (var gateway = start("limits: { per_user: { publish_rate: 20/s } }");
        MqttLink one = join(gateway, "1", "ann");
        MqttLink two = join(gateway, "2", "ann");
        MqttLink other = join(gateway, "3", "bob")) {
      publishAndPing(one, 20); // all of the first second
      assertThat(publishAndPing(two, 10)).isLessThan(Duration.ofSeconds(5));
      long start = System.nanoTime();
      publishAndPing(two, 1); // is read when what went before is paid for
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
      assertThat(publishAndPing(other, 10)).isLessThan(Duration.ofMillis(200));
    }
  }

  @Test
  void connectionsOfOneListenerShareWhatMayComeByIt() throws Exception {
    try (var gateway = start("limits: { per_listener: { publish_rate: 20/s } }");
        MqttLink one = join(gateway, "1", "ann");
        MqttLink other = join(gateway, "3", "bob")) {
      publishAndPing(one, 30); // more than the first second has
      long start = System.nanoTime();
      publishAndPing(other, 10);
      publishAndPing(other, 1); // is read when what went before is paid for
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
    }
  }

  @Test
  void aClientCanBeSentToAnotherServer() throws Exception {
    try (var gateway = start("drain: { redirect: \"there.example:1883\", spread: 0s }");
        MqttLink one = join(gateway, "1", "ann");
        MqttLink two = join(gateway, "2", "ann")) {
      var answer = gateway.api().send("DELETE", "/v1/mqtt/clients/1?to=b.example:1884&moved=1", "");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(one.take(SOON)).contains(elsewhere(ReasonCode.SERVER_MOVED, "b.example:1884"));
      Thread stopping = Thread.ofVirtual().start(() -> stop(gateway));
      assertThat(two.take(SOON))
          .contains(elsewhere(ReasonCode.USE_ANOTHER_SERVER, "there.example:1883"));
      stopping.join();
    }
  }

  @Test
  void theBrokerSaysHowMuchGoesThroughIt() throws Exception {
    try (var gateway = start("sys_interval: 100ms");
        MqttLink link = join(gateway, "1", "ann")) {
      link.send(
          new Packet.Subscribe(
              1,
              List.of(
                  new Packet.Wish("$SYS/broker/bytes/received", 0),
                  new Packet.Wish("$SYS/broker/load/bytes/received/1min", 0)),
              Properties.EMPTY));
      boolean bytes = false;
      boolean load = false;
      while (!bytes || !load) {
        if (!(link.take(SOON).orElseThrow() instanceof Packet.Publish message)) continue;
        String topic = new String(message.topic(), UTF_8);
        double value = Double.parseDouble(new String(message.payload(), UTF_8));
        bytes |= topic.endsWith("bytes/received") && value > 20;
        load |= topic.endsWith("1min") && value > 0;
      }
      assertThat(new String(gateway.api().get("/metrics").body(), UTF_8))
          .contains("fairlead_mqtt_bytes_total{direction=\"received\"")
          .contains("fairlead_mqtt_connect_seconds_count 1");
    }
  }

  private static void stop(GatewayFixture gateway) {
    try {
      gateway.gateway().drain(Deadline.in(Clock.system(), Duration.ofSeconds(3)));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Packet.Disconnect elsewhere(ReasonCode reason, String to) {
    return new Packet.Disconnect(
        reason, Properties.of().with(PropertyId.SERVER_REFERENCE, to).build());
  }

  private static Duration publishAndPing(MqttLink link, int count) throws Exception {
    long start = System.nanoTime();
    List<Packet> packets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      packets.add(
          new Packet.Publish(
              "a".getBytes(UTF_8), new byte[1], 0, false, false, 0, Properties.EMPTY));
    }
    packets.add(Packet.PingReq.INSTANCE);
    link.send(packets);
    assertThat(link.take(SOON)).contains(Packet.PingResp.INSTANCE);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static GatewayFixture start(String more) throws Exception {
    Path dir = Files.createTempDirectory("fairlead-it");
    String hash = Pem.passwordHash("pw");
    Files.writeString(dir.resolve("users"), "ann:" + hash + "\nbob:" + hash + "\n");
    return GatewayFixture.start(
        dir,
        """
        listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
        mqtt:
          auth: [ { type: file, path: "@DIR@/users" } ]
          acl: { default: allow }
        """
            + "  "
            + more
            + "\n");
  }

  private static ReasonCode refusal(GatewayFixture gateway, String id, String user)
      throws Exception {
    try (MqttLink link = open(gateway, id, user)) {
      return ((Packet.ConnAck) link.take(SOON).orElseThrow()).reason();
    }
  }

  private static MqttLink join(GatewayFixture gateway, String id, String user) throws Exception {
    MqttLink link = open(gateway, id, user);
    assertThat(((Packet.ConnAck) link.take(SOON).orElseThrow()).reason())
        .isEqualTo(ReasonCode.SUCCESS);
    return link;
  }

  private static MqttLink open(GatewayFixture gateway, String id, String user) throws Exception {
    return MqttLink.open(
        new InetSocketAddress("127.0.0.1", gateway.port("mqtt")),
        false,
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            id,
            Optional.empty(),
            Optional.of(user),
            "pw".getBytes(UTF_8),
            Properties.EMPTY),
        SOON);
  }
}
