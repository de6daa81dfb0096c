package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The MQTT store on a disk of its own that fills up, or that cannot be written. */
@ExpectedErrors("mqtt store failed")
class MqttDiskIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String YAML =
      """
      listeners: { mqtt: { bind: "127.0.0.1:0", proto: mqtt } }
      mqtt: { persistence: { dir: "@DIR@/disk/store"@MORE@ } }
      """;

  private Path dir;
  private SmallDisk disk;

  @BeforeEach
  void mount() throws Exception {
    dir = Files.createTempDirectory("fairlead-it");
    disk = SmallDisk.mount(dir.resolve("disk"), "48m");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) disk.close();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    }
  }

  /** A twentieth of the disk is left: what must be kept is refused, and what need not be is not. */
  @Test
  void aFullDiskRefusesWhatMustBeKeptAndTheRestGoesOn() throws Exception {
    GatewayFixture gateway = GatewayFixture.start(dir, YAML.replace("@MORE@", ""));
    MqttClients clients = MqttClients.of(gateway, SOON);
    List<String> kept = new ArrayList<>();
    try (MqttLink away = clients.lasting("away");
        MqttLink live = clients.join("live");
        MqttLink publisher = clients.join("publisher")) {
      clients.subscribe(away, "kept/#", 2);
      away.close();
      clients.subscribe(live, "live/#", 0);
      for (int qos = 1; qos <= 2; qos++) {
        assertThat(publish(publisher, "kept/before" + qos, qos)).isEqualTo(ReasonCode.SUCCESS);
        kept.add("kept/before" + qos);
      }
      disk.fill(1 << 20);
      int[] number = {0};
      await()
          .atMost(SOON)
          .until(
              () -> {
                String topic = "kept/meanwhile" + number[0]++;
                ReasonCode said = publish(publisher, topic, 1);
                if (said == ReasonCode.SUCCESS) kept.add(topic);
                return said == ReasonCode.QUOTA_EXCEEDED;
              });
      assertThat(publish(publisher, "kept/full", 1).code()).isEqualTo(0x97);
      assertThat(publish(publisher, "kept/full", 2).code()).isEqualTo(0x97);
      publish(publisher, "live/on", 0);
      assertThat(next(live)).isEqualTo("live/on");
      assertThat(status(gateway)).contains("disk of the MQTT store is full");
      try (MqttLink old = clients.open("old", MqttVersion.V3_1_1, true)) {
        // It has no word for a message that is not kept, and must not be told that it is.
        old.send(MqttClients.message("kept/full", 0, 1, 1));
        assertThatThrownBy(() -> old.take(SOON)).isInstanceOf(EOFException.class);
      }

      disk.empty();
      await().atMost(SOON).until(() -> !status(gateway).contains("MQTT store"));
      assertThat(publish(publisher, "kept/after", 1)).isEqualTo(ReasonCode.SUCCESS);
      kept.add("kept/after");
      try (MqttLink back = clients.lasting("away")) {
        List<String> got = new ArrayList<>();
        while (got.size() < kept.size()) got.add(next(back));
        assertThat(got).containsExactlyInAnyOrderElementsOf(kept); // QoS 2 goes its own way
      }
    } finally {
      gateway.stopAndKeep();
    }
  }

  /** Not a byte is left, and it comes as an error of a write. */
  @Test
  void afterAFailedWriteNothingIsAcknowledgedAndWhatWasIsThereAfterwards() throws Exception {
    GatewayFixture full = GatewayFixture.start(dir, YAML.replace("@MORE@", ", min_free: 1"));
    MqttClients clients = MqttClients.of(full, SOON);
    try (MqttLink away = clients.lasting("away");
        MqttLink live = clients.join("live");
        MqttLink publisher = clients.join("publisher")) {
      clients.subscribe(away, "kept/#", 1);
      clients.subscribe(live, "live/#", 0);
      assertThat(publish(publisher, "kept/before", 1)).isEqualTo(ReasonCode.SUCCESS);
      next(away); // not acknowledged: it stays
      disk.fill(0);
      int[] number = {0};
      await()
          .atMost(SOON)
          .until(
              () -> {
                String filter = "f/" + "x".repeat(2000) + number[0]++;
                away.send(MqttClients.wish(filter, 1)); // is kept; refused are only messages
                return status(full).contains("the MQTT store failed");
              });
      assertThat(publish(publisher, "kept/lost", 1)).isEqualTo(ReasonCode.UNSPECIFIED_ERROR);
      publish(publisher, "live/on", 0);
      assertThat(next(live)).isEqualTo("live/on");
      assertThat(clients.refusal("late", MqttVersion.V5).code()).isEqualTo(0x88);
      disk.empty();
      assertThat(publish(publisher, "kept/lost", 1)).isEqualTo(ReasonCode.UNSPECIFIED_ERROR);
    } finally {
      full.stopAndKeep();
    }
    GatewayFixture gateway = GatewayFixture.again(dir);
    clients = MqttClients.of(gateway, SOON);
    try (MqttLink back = clients.lasting("away");
        MqttLink publisher = clients.join("publisher")) {
      assertThat(next(back)).isEqualTo("kept/before");
      assertThat(publish(publisher, "kept/after", 1)).isEqualTo(ReasonCode.SUCCESS);
      assertThat(next(back)).isEqualTo("kept/after");
    } finally {
      gateway.stopAndKeep();
    }
  }

  @Test
  void aDiskThatCannotBeWrittenIsRefusedAtTheStart() throws Exception {
    GatewayFixture.start(dir, YAML.replace("@MORE@", "")).stopAndKeep();
    disk.readOnly(true);
    try {
      assertThatThrownBy(() -> GatewayFixture.again(dir))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("error[F2263]")
          .hasMessageContaining("disk/store")
          .hasMessageContaining("= fix: let the gateway's user write there");
    } finally {
      disk.readOnly(false);
    }
  }

  private static String status(GatewayFixture gateway) throws IOException {
    return gateway.api().get("/v1/status").text();
  }

  /** What the broker says to it; at QoS 0 nothing is waited for. */
  private static ReasonCode publish(MqttLink link, String topic, int qos) throws IOException {
    int id = qos == 0 ? 0 : link.nextId();
    link.send(MqttClients.message(topic, 0, qos, id));
    if (qos == 0) return ReasonCode.SUCCESS;
    Ack answer = (Ack) link.take(SOON).orElseThrow();
    assertThat(answer.packetId()).isEqualTo(id);
    if (qos == 1 || answer.reason().error()) return known(answer);
    link.send(new Ack(PacketType.PUBREL, id, ReasonCode.SUCCESS));
    return known((Ack) link.take(SOON).orElseThrow());
  }

  private static ReasonCode known(Ack answer) {
    return answer.reason().error() ? answer.reason() : ReasonCode.SUCCESS;
  }

  /** The topic of the next message; one of QoS 2 is answered as far as that needs. */
  private static String next(MqttLink link) throws IOException {
    while (true) {
      Packet packet = link.take(SOON).orElseThrow();
      if (packet instanceof Ack release && release.type() == PacketType.PUBREL) {
        link.send(new Ack(PacketType.PUBCOMP, release.packetId(), ReasonCode.SUCCESS));
      }
      if (!(packet instanceof Packet.Publish publish)) continue;
      if (publish.qos() == 2) {
        link.send(new Ack(PacketType.PUBREC, publish.packetId(), ReasonCode.SUCCESS));
      }
      return new String(publish.topic(), UTF_8);
    }
  }
}
