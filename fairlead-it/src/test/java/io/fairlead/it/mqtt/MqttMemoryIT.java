package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.MemoryLimit;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the broker does without as memory fills, and what fills it. */
class MqttMemoryIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long MEBI = 1024 * 1024;

  private final AtomicLong elsewhere = new AtomicLong();
  private final MemoryBudget budget = new MemoryBudget(elsewhere::get);
  private final EmbeddedBroker broker =
      EmbeddedBroker.start(
          "limits: { publish_rate: off, publish_bytes: off }\n", builder -> builder.budget(budget));
  private final List<Peer> peers = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    broker.close();
  }

  private Peer open() throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
    peer.link().tcp().timeout(LIMIT);
    peers.add(peer);
    return peer;
  }

  private Peer join(String id) throws IOException {
    Peer peer = open();
    peer.connect(Connect.of(Version.V5, id));
    return peer;
  }

  private void percent(int percent) {
    budget.limit(new MemoryLimit.Bytes(new ByteSize(100 * MEBI)));
    elsewhere.set(percent * MEBI);
    budget.sample();
  }

  @Test
  void from70PercentNobodyNewIsLetIn() throws Exception {
    Peer there = join("there").subscribe("t", 1);
    percent(69);
    join("before");
    percent(70);
    Packet refused = open().send(Connect.of(Version.V5, "late").bytes()).next(Packet.CONNACK);

    assertThat(refused.code()).isEqualTo(0x89);
    there.publish("t", "still", 1).message("still");
    percent(10);
    join("after");
  }

  @Test
  void from85PercentMessagesThatMayBeLostAreDroppedAndOthersNot() throws Exception {
    Peer subscriber = join("s").subscribe("t", 1);
    Peer publisher = join("p");
    percent(84);
    publisher.publish("t", "first", 0);
    subscriber.message("first");
    percent(85);
    publisher.publish("t", "lost", 0).publish("t", "kept", 1);

    subscriber.message("kept");
    assertThat(broker.count("mqtt.dropped")).isEqualTo(1);
    percent(10);
    publisher.publish("t", "again", 0);
    subscriber.message("again");
  }

  @Test
  void from92PercentPublishersAreReadSlowerAndNothingIsLost() throws Exception {
    Peer subscriber = join("s").subscribe("t", 1);
    Peer publisher = join("p");
    percent(92);
    long begun = System.nanoTime();
    for (int i = 0; i < 8; i++) publisher.publish("t", "n" + i, 1);
    Duration taken = Duration.ofNanos(System.nanoTime() - begun);

    for (int i = 0; i < 8; i++) subscriber.message("n" + i);
    // Each read is followed by a pause of 100 ms; the answers themselves are not held back.
    assertThat(taken).isGreaterThan(Duration.ofMillis(500));
  }

  @Test
  void whatWaitsIsCountedOnceHoweverManyItWaitsFor() throws Exception {
    String payload = "x".repeat(100_000);
    for (int i = 0; i < 20; i++) {
      Peer away = open();
      away.connect(Connect.of(Version.V5, "away" + i).persistent());
      away.subscribe("t", 1).disconnect();
    }
    join("p").publish("t", payload, 1);

    await().atMost(LIMIT).until(() -> broker.gauge("mqtt.queue.bytes") > 100_000);
    budget.sample();
    assertThat(budget.usedBytes()).isBetween(100_000L, 110_000L);
    for (int i = 0; i < 20; i++) {
      Peer back = open();
      back.connect(Connect.of(Version.V5, "away" + i).persistent());
      back.message(payload);
    }
    await().atMost(LIMIT).until(() -> broker.gauge("mqtt.queue.bytes") == 0);
  }

  @Test
  void howLongMatchingAndDeliveryTakeIsMeasured() throws Exception {
    Peer subscriber = join("s").subscribe("t", 1);
    Peer publisher = join("p");
    for (int i = 0; i < 256; i++) {
      publisher.publish("t", "n", 1);
      subscriber.message("n");
    }

    // Who publishes and who receives may be on two loops; each times one of 64.
    assertThat(broker.timed("mqtt.match")).isEqualTo(4);
    assertThat(broker.timed("mqtt.deliver")).isEqualTo(4);
  }
}
