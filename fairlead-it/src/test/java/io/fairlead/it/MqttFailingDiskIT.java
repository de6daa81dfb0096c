package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The built broker, whose disk begins to fail below it: the kernel itself says so, in the middle of
 * messages that must be kept.
 */
class MqttFailingDiskIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String FIX = "mend the disk and start again";
  private static final int WINDOW = 16;
  private static final int SOME = 80;
  private static final int BYTES = 20;

  @TempDir private Path cache;
  @TempDir private Path dir;
  private FailingDisk disk;
  private CrashingBroker broker;
  private MqttClients clients;
  private final Set<String> acknowledged = new HashSet<>(); // since the last start
  private int number;

  private interface Fault {
    void strike() throws Exception;
  }

  @BeforeEach
  void start() throws Exception {
    Launched fairlead = Launched.built(cache);
    disk = FailingDisk.mount(dir);
    broker =
        CrashingBroker.start(
            fairlead.below(disk.within()), dir, "{ persistence: { dir: disk/store } }");
    clients = new MqttClients(broker.address(), SOON);
    try (MqttLink away = clients.lasting("away")) {
      clients.subscribe(away, "kept/#", 1);
    }
  }

  @AfterEach
  void end() throws Exception {
    if (broker != null) broker.close();
    if (disk != null) disk.close();
  }

  /** One disk fails twice: each start takes longer than all the rest. */
  @Test
  void nothingIsAcknowledgedAfterAnErrorAndAllThatWasIsThereWhenTheDiskIsMended() throws Exception {
    strikeBelow(disk::pull, "Input/output error");
    assertThat(broker.stop()).isZero();
    comesBack();
    strikeBelow(disk::turnReadOnly, "Read-only file system");
    broker.kill();
    comesBack();
  }

  private void strikeBelow(Fault fault, String error) throws Exception {
    try (MqttLink live = clients.join("live");
        MqttLink publisher = clients.join("publisher");
        MqttLink speaker = clients.join("speaker")) {
      clients.subscribe(live, "live/#", 0);
      await().atMost(SOON).until(() -> control("/readyz").status() == 200);
      acknowledged.addAll(published(publisher, SOME));
      // Not while a forced write is under way. The kernel may say of that one that it succeeded,
      // although what it forced is not there after the next mount: ext4 forgets the transaction
      // that it aborts. A program that only writes and forces finds it so in one of four rounds.
      fault.strike();
      for (int i = 0; i < WINDOW; i++)
        publisher.send(MqttClients.message("kept/lost", BYTES, 1, 1 + i));
      await().atMost(SOON).until(() -> status().contains("the MQTT store failed"));
      for (int i = 0; i < WINDOW; i++)
        publisher.send(MqttClients.message("kept/lost", BYTES, 1, 1 + WINDOW + i));
      assertThat(answers(publisher)).allMatch(answer -> answer.reason().error());

      assertThat(status()).contains(FIX, error);
      assertThat(control("/readyz").status()).isEqualTo(503);
      assertThat(control("/livez").status()).isEqualTo(200);
      assertThat(clients.refusal("late", MqttVersion.V5)).isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
      assertThat(clients.refusal("old", MqttVersion.V3_1_1))
          .isEqualTo(ReasonCode.SERVER_UNAVAILABLE);
      speaker.send(MqttClients.message("kept/lost", BYTES, 1, 1));
      assertThat(((Ack) speaker.take(SOON).orElseThrow()).reason().error()).isTrue();
      speaker.send(MqttClients.message("live/on", BYTES, 0, 0));
      Packet.Publish got = (Packet.Publish) live.take(SOON).orElseThrow();
      assertThat(new String(got.topic(), UTF_8)).isEqualTo("live/on");
      assertThat(broker.log().lines().filter(line -> line.contains("mqtt store failed")))
          .singleElement()
          .asString()
          .contains(FIX, error);
    }
  }

  /** So many, each acknowledged. */
  private List<String> published(MqttLink publisher, int count) throws IOException {
    List<String> topics = new ArrayList<>();
    for (int i = 0; i < count; i++) topics.add("kept/" + number++);
    for (int i = 0; i < count; i++)
      publisher.send(MqttClients.message(topics.get(i), BYTES, 1, 1 + i));
    for (int i = 0; i < count; i++) {
      Ack answer = (Ack) publisher.take(SOON).orElseThrow();
      assertThat(answer.type()).isEqualTo(PacketType.PUBACK);
      assertThat(answer.packetId()).isEqualTo(1 + i);
      assertThat(answer.reason()).isEqualTo(ReasonCode.SUCCESS);
    }
    return topics;
  }

  /** What was answered, which is behind what is not: the answer to a ping comes after all. */
  private static List<Ack> answers(MqttLink publisher) throws IOException {
    List<Ack> answers = new ArrayList<>();
    publisher.send(Packet.PingReq.INSTANCE);
    while (publisher.take(SOON).orElseThrow() instanceof Ack ack) answers.add(ack);
    return answers;
  }

  /** The disk is mended, and everything that was acknowledged comes once more or for once. */
  private void comesBack() throws Exception {
    disk.mend();
    broker.startAgain();
    try (MqttLink away = clients.lasting("away")) {
      Set<String> missing = new HashSet<>(acknowledged);
      while (!missing.isEmpty()) {
        Packet packet = away.take(SOON).orElseThrow(() -> new AssertionError("lost: " + missing));
        if (!(packet instanceof Packet.Publish publish)) continue;
        missing.remove(new String(publish.topic(), UTF_8));
        away.send(new Ack(PacketType.PUBACK, publish.packetId(), ReasonCode.SUCCESS));
      }
    }
    acknowledged.clear();
  }

  private String status() throws IOException {
    return control("/v1/status").text();
  }

  private Response control(String path) throws IOException {
    try (RawClient client = RawClient.connect(dir.resolve("control.sock"))) {
      return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").readResponse();
    }
  }
}
