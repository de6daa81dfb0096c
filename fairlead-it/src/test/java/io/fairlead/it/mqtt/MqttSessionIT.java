package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is remembered of a client between its connections. */
class MqttSessionIT {
  @Statement(
      v3 = {"3.1.2-4", "3.1.2-5", "3.1.3-2", "3.1.4-3", "3.2.0-1", "3.2.2-2", "3.2.2-3", "4.1.0-1"},
      v5 = {"3.1.2-5", "3.1.2-6", "3.1.2-23", "3.1.3-2", "3.1.4-4", "3.2.0-1", "3.2.2-3"})
  @OnBoth
  void aSessionIsResumedWithWhatArrivedMeanwhile(Lab lab) throws Exception {
    Peer first = lab.open();
    assertThat(first.connect(lab.client("c").persistent()).sessionPresent()).isFalse();
    first.subscribe(lab.topic("a"), 1).disconnect();
    Peer publisher = lab.join("p").publish(lab.topic("a"), "away", 1);
    Peer stranger = lab.open();
    assertThat(stranger.connect(lab.client("d").persistent()).sessionPresent()).isFalse();

    // The first packet is the CONNACK although a message waits.
    Peer second = lab.open();
    assertThat(second.connect(lab.client("c").persistent()).sessionPresent()).isTrue();
    second.message("away");
    publisher.publish(lab.topic("a"), "back", 1);
    second.message("back");
    stranger.ping();
  }

  @Statement(
      v3 = {"3.1.2-6", "3.2.2-1"},
      v5 = {"3.1.2-4", "3.2.2-2"})
  @OnBoth
  void aCleanStartForgetsEverything(Lab lab) throws Exception {
    lab.join(lab.client("c").persistent()).subscribe(lab.topic("a"), 1).disconnect();
    Peer publisher = lab.join("p").publish(lab.topic("a"), "away", 1);
    Peer clean = lab.open();
    assertThat(clean.connect(lab.client("c")).sessionPresent()).isFalse();
    publisher.publish(lab.topic("a"), "back", 1);
    clean.ping().disconnect();

    assertThat(lab.open().connect(lab.client("c").persistent()).sessionPresent()).isFalse();
  }

  @Statement(
      v3 = {"2.3.1-4", "3.3.1-1", "4.3.2-1", "4.4.0-1", "4.6.0-1"},
      v5 = {"2.2.1-4", "3.3.1-1", "4.3.2-1", "4.3.2-3", "4.3.3-1", "4.3.3-3", "4.4.0-1", "4.6.0-1"})
  @OnBoth
  void whatWasNotAcknowledgedIsSentAgainUnderTheSameIdentifiersInOrder(Lab lab) throws Exception {
    Peer first = lab.join(lab.client("c").persistent()).subscribe(lab.topic("a"), 2);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 6; i++) publisher.publish(lab.topic("a"), "n" + i, 1 + i % 2);
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Packet message = first.next(Packet.PUBLISH);
      assertThat(message.text()).isEqualTo("n" + i);
      assertThat(message.dup()).isFalse();
      ids.add(message.id());
    }
    assertThat(new TreeSet<>(ids)).hasSize(6);
    first.ping().crash();

    Peer second = lab.join(lab.client("c").persistent());
    for (int i = 0; i < 6; i++) {
      Packet message = second.next(Packet.PUBLISH);
      assertThat(message.text()).isEqualTo("n" + i);
      assertThat(message.id()).isEqualTo(ids.get(i));
      assertThat(message.dup()).isTrue();
      assertThat(message.qos()).isEqualTo(1 + i % 2);
    }
    second.ping();
  }

  @Statement(
      v3 = {"4.3.3-1", "4.6.0-4"},
      v5 = {"4.3.3-5", "4.3.3-6", "4.6.0-4"})
  @OnBoth
  void afterThePubrecOnlyTheReleaseIsSentAgain(Lab lab) throws Exception {
    Peer first = lab.join(lab.client("c").persistent()).subscribe(lab.topic("a"), 2);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 3; i++) publisher.publish(lab.topic("a"), "n" + i, 2);
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 3; i++) ids.add(first.next(Packet.PUBLISH).id());
    List<Integer> order = List.of(ids.get(2), ids.get(0), ids.get(1));
    for (int id : order) first.send(Frames.pubrec(id));
    for (int id : order) assertThat(first.next(Packet.PUBREL).id()).isEqualTo(id);
    first.crash();

    Peer second = lab.join(lab.client("c").persistent());
    List<Integer> released = new ArrayList<>();
    for (int i = 0; i < 3; i++) released.add(second.next(Packet.PUBREL).id());
    assertThat(released).containsExactlyInAnyOrderElementsOf(ids);
    for (int id : released) second.send(Frames.pubcomp(id));
    second.ping().disconnect();
    lab.join(lab.client("c").persistent()).ping();
  }

  @Statement(v5 = {"4.4.0-1"})
  @OnV5
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void nothingIsRepeatedWithinOneConnection(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    lab.join("p").publish(lab.topic("a"), "x", 1);
    subscriber.next(Packet.PUBLISH);

    subscriber.silent(Duration.ofMillis(700));
  }

  @Statement(v5 = {"4.4.0-2", "4.3.3-4"})
  @OnV5
  void aNegativeAcknowledgementEndsADelivery(Lab lab) throws Exception {
    Peer first = lab.join(lab.client("c").persistent()).subscribe(lab.topic("a"), 2);
    lab.join("p").publish(lab.topic("a"), "1", 1).publish(lab.topic("a"), "2", 2);
    first.send(Frames.ackWith(0x40, first.next(Packet.PUBLISH).id(), 0x80));
    first.send(Frames.ackWith(0x50, first.next(Packet.PUBLISH).id(), 0x80));
    first.ping().disconnect();

    lab.join(lab.client("c").persistent()).ping();
  }

  @Statement(
      v3 = {"4.1.0-2"},
      v5 = {"4.1.0-1"})
  @OnBoth
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aSessionLastsAsLongAsItsConnection(Lab lab) throws Exception {
    Peer idle = lab.join(lab.client("c")).subscribe(lab.topic("a"), 1);
    Peer publisher = lab.join("p").publish(lab.topic("a"), "1", 1);
    int unacknowledged = idle.next(Packet.PUBLISH).id();
    idle.silent(Duration.ofMillis(500));
    publisher.publish(lab.topic("a"), "2", 1);

    assertThat(idle.next(Packet.PUBLISH).id()).isNotEqualTo(unacknowledged);
    idle.send(Frames.puback(unacknowledged)).ping();
  }

  @Statement(v5 = {"4.1.0-2", "3.1.2-23"})
  @OnV5
  @Execution(ExecutionMode.CONCURRENT) // waits for time to pass
  void aSessionEndsWhenItsTimeIsOver(Lab lab) throws Exception {
    lab.join(lab.client("c").persistent(1)).subscribe(lab.topic("a"), 1).disconnect();
    assertThat(lab.open().connect(lab.client("c").persistent(1)).sessionPresent()).isTrue();
    lab.join(lab.client("c").persistent(1)).disconnect();

    // Asking is by a connection, which would keep the session; so ask once, late enough.
    Peer clock = lab.join("clock");
    Awaitility.await().pollDelay(Duration.ofMillis(1_300)).untilAsserted(clock::ping);
    assertThat(lab.open().connect(lab.client("c").persistent(1)).sessionPresent()).isFalse();
  }

  @Statement(v5 = {"3.1.2-23"})
  @OnV5
  void aDisconnectMayChangeTheExpiryButNotFromNever(Lab lab) throws Exception {
    Peer peer = lab.join(lab.client("c").persistent(600)).subscribe(lab.topic("a"), 1);
    peer.send(Frames.disconnect(0, Props.none().u32(Props.SESSION_EXPIRY, 0))).eof();
    assertThat(lab.open().connect(lab.client("c").resume()).sessionPresent()).isFalse();

    Peer ended = lab.join(lab.client("d"));
    ended.send(Frames.disconnect(0, Props.none().u32(Props.SESSION_EXPIRY, 60))).dropped(0x82);
  }

  @Statement(v5 = {"3.3.4-9", "3.3.4-10", "4.9.0-1", "4.9.0-2", "4.9.0-3"})
  @OnV5
  void theClientsReceiveMaximumIsKept(Lab lab) throws Exception {
    Connect two = lab.client("s").props(Props.none().u16(Props.RECEIVE_MAXIMUM, 2));
    Peer subscriber = lab.join(two).subscribe(lab.topic("#"), 2);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 4; i++) publisher.publish(lab.topic("a"), "n" + i, 1);
    Packet first = subscriber.next(Packet.PUBLISH);
    Packet second = subscriber.next(Packet.PUBLISH);
    subscriber.ping();
    subscriber.subscribe(lab.name("other"), 1);
    publisher.publish(lab.topic("b"), "qos0", 0);
    assertThat(subscriber.next(Packet.PUBLISH).text()).isEqualTo("qos0");
    subscriber.publish(lab.name("own"), "x", 1);

    subscriber.send(Frames.puback(first.id()));
    subscriber.message("n2");
    subscriber.send(Frames.puback(second.id()));
    subscriber.message("n3");
  }

  @Statement(v5 = {"4.9.0-2"})
  @OnV5
  void aNegativePubrecGivesTheQuotaBack(Lab lab) throws Exception {
    Connect one = lab.client("s").props(Props.none().u16(Props.RECEIVE_MAXIMUM, 1));
    Peer subscriber = lab.join(one).subscribe(lab.topic("a"), 2);
    Peer publisher = lab.join("p");
    publisher.publish(lab.topic("a"), "1", 2).publish(lab.topic("a"), "2", 2);
    Packet refused = subscriber.next(Packet.PUBLISH);
    subscriber.ping().send(Frames.ackWith(0x50, refused.id(), 0x97));

    subscriber.message("2");
  }
}
