package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * {@code session.queue.full: reject}: what was acknowledged has a place in every queue it needs.
 */
class MqttRejectIT {
  private static final int PLACES = 100;

  private final EmbeddedBroker broker =
      EmbeddedBroker.start(
          """
          limits: { publish_rate: off, publish_bytes: off }
          session: { queue: { online: 100, offline: 100, full: reject } }
          """,
          builder -> builder);
  private final List<Peer> peers = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    broker.close();
  }

  private Peer join(Connect connect) throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
    peer.link().tcp().timeout(Duration.ofSeconds(30));
    peers.add(peer);
    peer.connect(connect);
    return peer;
  }

  /** Publishers of several event loops at once: none may take the last place twice. */
  @Test
  void asManyAreAcknowledgedAsThereArePlaces() throws Exception {
    Connect away = Connect.of(Version.V5, "away").persistent();
    join(away).subscribe("t", 1).disconnect();
    List<Peer> publishers = new ArrayList<>();
    for (int i = 0; i < 8; i++) publishers.add(join(Connect.of(Version.V5, "p" + i)));
    for (int id = 1; id <= 40; id++) {
      for (Peer publisher : publishers) publisher.send(Frames.publish(Version.V5, "t", "x", 1, id));
    }
    int taken = 0;
    int refused = 0;
    for (Peer publisher : publishers) {
      for (int id = 1; id <= 40; id++) {
        int code = publisher.next(Packet.PUBACK).code();
        if (code == 0) taken++;
        else if (code == 0x97) refused++;
      }
    }

    assertThat(taken).isEqualTo(PLACES);
    assertThat(refused).isEqualTo(8 * 40 - PLACES);
    Peer back = join(Connect.of(Version.V5, "away").persistent());
    for (int i = 0; i < PLACES; i++) back.message("x");
    back.ping();
    publishers.getFirst().publish("t", "room again", 1);
    back.message("room again");
  }

  @Test
  void oneFullQueueOfSeveralRefusesForAllAndTakesNobodysPlace() throws Exception {
    join(Connect.of(Version.V5, "full").persistent())
        .subscribe("+/both", 1)
        .subscribe("full/+", 1)
        .disconnect();
    join(Connect.of(Version.V5, "free").persistent()).subscribe("full/both", 1).disconnect();
    Peer publisher = join(Connect.of(Version.V5, "p"));
    for (int i = 0; i < PLACES; i++) publisher.publish("full/only", "x", 1);
    for (int i = 0; i < 2 * PLACES; i++) {
      publisher.send(Frames.publish(Version.V5, "full/both", "y", 1, 1));
      assertThat(publisher.next(Packet.PUBACK).code()).isEqualTo(0x97);
    }
    // Retained only if it was taken.
    publisher.send(Frames.retained(Version.V5, "full/both", "kept?", 1, 1));
    assertThat(publisher.next(Packet.PUBACK).code()).isEqualTo(0x97);

    Peer full = join(Connect.of(Version.V5, "full").persistent());
    for (int i = 0; i < PLACES; i++) full.message("x");
    for (int i = 0; i < PLACES; i++) publisher.publish("full/both", "z", 1);
    Peer free = join(Connect.of(Version.V5, "free").persistent());
    for (int i = 0; i < PLACES; i++) free.message("z");
    free.ping();
    join(Connect.of(Version.V5, "new")).subscribe("full/both", 0).ping();
  }
}
