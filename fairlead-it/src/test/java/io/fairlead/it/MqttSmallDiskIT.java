package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The broker on a file system of 64 MiB, as small devices have it: it is all the store gets. */
class MqttSmallDiskIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int BYTES = 60_000;
  private static final int TWICE_THE_DISK = (2 << 26) / BYTES;
  private static final String YAML =
      """
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt:
        persistence: { dir: "@DIR@/disk/store" }
        limits: { publish_rate: off, publish_bytes: off }
        session: { queue: { offline_bytes: off } }
      """;

  private Path dir;
  private SmallDisk disk;

  @BeforeEach
  void mount() throws Exception {
    dir = Files.createTempDirectory("fairlead-it");
    disk = SmallDisk.ext4(dir.resolve("disk"), dir.resolve("image"), "64M");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) disk.close();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    }
  }

  @Test
  void whatPassesIsAcknowledgedHoweverMuchItIsAndWhatWaitsUntilTheDiskIsFull() throws Exception {
    GatewayFixture gateway = GatewayFixture.start(dir, YAML);
    MqttClients clients = MqttClients.of(gateway, SOON);
    try (MqttLink publisher = clients.join("publisher")) {
      try (MqttLink away = clients.lasting("away")) {
        clients.subscribe(away, "kept/#", 1);
        for (int i = 0; i < TWICE_THE_DISK; i++) {
          assertThat(publish(publisher)).as("message %d", i).isEqualTo(ReasonCode.SUCCESS);
          take(away);
        }
      }
      int kept = 0;
      while (publish(publisher) == ReasonCode.SUCCESS) kept++;
      assertThat(kept * BYTES).as("bytes that wait").isGreaterThan(32 << 20);
      assertThat(publish(publisher)).isEqualTo(ReasonCode.QUOTA_EXCEEDED);
      assertThat(gateway.api().get("/v1/status").text())
          .contains("disk of the MQTT store is full")
          .contains("mqtt.persistence.min_free");

      try (MqttLink back = clients.lasting("away")) {
        for (int i = 0; i < kept; i++) take(back);
        // What was delivered gives its room back, though nothing new is written.
        await().atMost(SOON).until(() -> publish(publisher) == ReasonCode.SUCCESS);
        take(back);
      }
    } finally {
      gateway.stopAndKeep();
    }
  }

  private static ReasonCode publish(MqttLink link) throws IOException {
    link.send(MqttClients.message("kept/x", BYTES, 1, link.nextId()));
    return ((Ack) link.take(SOON).orElseThrow()).reason();
  }

  private static void take(MqttLink link) throws IOException {
    Packet.Publish message = (Packet.Publish) link.take(SOON).orElseThrow();
    link.send(new Ack(PacketType.PUBACK, message.packetId(), ReasonCode.SUCCESS));
  }
}
