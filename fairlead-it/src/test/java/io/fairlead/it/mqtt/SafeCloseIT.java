package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A stop, stage by stage: each ends because the one before it has ended, and not because somebody
 * was cut.
 */
class SafeCloseIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int MESSAGES = 50;

  private static Peer open(int port) throws IOException {
    RawClient tcp = RawClient.connect(port).timeout(SOON);
    return new Peer(new Link.Plain(tcp), Version.V5);
  }

  private static CompletableFuture<Void> drain(EmbeddedBroker broker) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            broker.drain(SOON);
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Test
  void whatWasTakenIsKeptThenAcknowledgedThenDeliveredAndThenTheClientIsTold() throws Exception {
    SlowCommits store = new SlowCommits();
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(
                "drain: { flush: 50s, spread: 0s }\nlimits: { publish_rate: off }\n",
                made -> made.store(store));
        Peer subscriber = open(broker.port(Transport.TCP));
        Peer publisher = open(broker.port(Transport.TCP))) {
      int port = broker.port(Transport.TCP);
      subscriber.connect(Connect.of(Version.V5, "s").persistent());
      subscriber.subscribe("t", 1);
      publisher.connect(Connect.of(Version.V5, "p"));
      store.hold();
      Bytes all = new Bytes();
      for (int id = 1; id <= MESSAGES; id++)
        all.raw(Frames.publish(Version.V5, "t", "n" + id, 1, id));
      publisher.send(all.toArray());
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(broker.count("mqtt.messages")).isGreaterThanOrEqualTo(MESSAGES));

      CompletableFuture<Void> stopping = drain(broker);
      await().atMost(SOON).until(() -> refused(port));
      assertThat(stopping).as("before the store has what was taken").isNotDone();
      store.release();

      for (int id = 1; id <= MESSAGES; id++)
        assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(id);
      publisher.dropped(0x8B);
      for (int id = 1; id <= MESSAGES; id++) subscriber.message("n" + id);
      subscriber.dropped(0x8B);
      publisher.close();
      subscriber.close();
      stopping.get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(broker.broker().connected()).isZero();
    }
  }

  @Test
  void whatIsPublishedOnceTheEndHasBegunIsNotTakenAndAcknowledgementsStillAre() throws Exception {
    SlowCommits store = new SlowCommits();
    try (EmbeddedBroker broker =
            EmbeddedBroker.start("drain: { flush: 50s, spread: 0s }\n", made -> made.store(store));
        Peer subscriber = open(broker.port(Transport.TCP));
        Peer both = open(broker.port(Transport.TCP))) {
      int port = broker.port(Transport.TCP);
      subscriber.connect(Connect.of(Version.V5, "s").persistent());
      subscriber.subscribe("t", 1);
      both.connect(Connect.of(Version.V5, "b").persistent());
      both.subscribe("t", 1);
      store.hold();
      both.send(Frames.publish(Version.V5, "t", "before", 1, 1));
      Packet message = both.next(Packet.PUBLISH);

      CompletableFuture<Void> stopping = drain(broker);
      await().atMost(SOON).until(() -> refused(port));
      both.send(Frames.publish(Version.V5, "t", "after", 1, 2));
      both.send(Frames.publish(Version.V5, "t", "after", 0, 0));
      both.send(Frames.PINGREQ);
      assertThat(both.next().type()).isEqualTo(Packet.PINGRESP);
      store.release();

      assertThat(both.next(Packet.PUBACK).id()).isEqualTo(1);
      both.send(Frames.puback(message.id()));
      both.dropped(0x8B);
      subscriber.message("before");
      subscriber.dropped(0x8B);
      both.close();
      subscriber.close();
      stopping.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Whether nobody new is let in: the socket is closed. */
  private static boolean refused(int port) {
    try (Peer late = open(port)) {
      late.send(Connect.of(Version.V5, "late").bytes());
      return late.next().code() != 0;
    } catch (IOException | AssertionError closed) {
      return true;
    }
  }
}
