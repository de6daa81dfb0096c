package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.Proc;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store of the broker as it changes hands, and as somebody else wants it. */
class MqttUpgradeIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path cache;
  @TempDir private Path dir;

  @Test
  void clientsReconnectOnceAndNothingAcknowledgedIsLost() throws Exception {
    Launched fairlead = Launched.built(cache);
    int port = NginxOrigin.freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    String yaml = "listeners: { mqtt: { bind: \"127.0.0.1:%d\", proto: mqtt } }\n".formatted(port);
    try (UpgradingGateway gateway = UpgradingGateway.start(fairlead, dir, yaml, port)) {
      CrashClient away = new CrashClient("away");
      away.connect(address, Optional.empty());
      away.send(new Packet.Subscribe(1, List.of(new Packet.Wish("t/#", 1)), Properties.EMPTY));
      away.take(SOON).orElseThrow();
      away.drop();
      CrashClient publisher = new CrashClient("publisher");
      publisher.connect(address, Optional.empty());
      for (int i = 1; i <= 20; i++) {
        publisher.send(CrashClient.publish("t/" + i, "x" + i, 1, i == 1, false, i));
        assertThat(((Ack) publisher.take(SOON).orElseThrow()).reason().error()).isFalse();
      }

      assertThat(gateway.upgrade("").status()).isEqualTo(202);
      Packet goodbye = publisher.take(SOON).orElseThrow();
      assertThat(((Disconnect) goodbye).reason()).isEqualTo(ReasonCode.SERVER_SHUTTING_DOWN);
      publisher.drop();
      await().atMost(SOON).until(() -> gateway.pid() != gateway.first().pid());

      ConnAck back = publisher.connect(address, Optional.empty());
      assertThat(back.sessionPresent()).isTrue();
      publisher.drop();
      assertThat(away.connect(address, Optional.empty()).sessionPresent()).isTrue();
      List<String> received = new ArrayList<>();
      while (received.size() < 20) {
        Publish message = (Publish) away.take(SOON).orElseThrow();
        received.add(CrashClient.text(message.payload()));
        away.send(new Ack(PacketType.PUBACK, message.packetId(), ReasonCode.SUCCESS));
      }
      assertThat(received).doesNotHaveDuplicates().startsWith("x1").endsWith("x20");
      away.drop();
    }
  }

  @Test
  void aStoreThatIsNotTheOneThatWasLeftEndsTheStart() throws Exception {
    Launched fairlead = Launched.built(cache);
    try (CrashingBroker broker = CrashingBroker.start(fairlead, dir, "{}")) {
      CrashClient client = new CrashClient("c");
      client.connect(broker.address(), Optional.empty());
      client.drop();
      broker.kill();
    }
    Path store = dir.resolve("state/mqtt");
    Files.delete(store.resolve("CURRENT"));
    try (Proc refused = fairlead.start(dir, "run", "-c", "fairlead.yaml")) {
      assertThat(refused.awaitExit(SOON)).isEqualTo(1);
      assertThat(refused.stderr())
          .contains("error[F2261]", "no file CURRENT", "fairlead help F2261")
          .doesNotContain("Exception");
    }
  }
}
