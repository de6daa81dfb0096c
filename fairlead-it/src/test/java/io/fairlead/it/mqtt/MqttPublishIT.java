package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** Publishing, acknowledging, retaining. */
class MqttPublishIT {
  @Statement(
      v3 = {"3.3.1-3"},
      v5 = {"3.3.1-3"})
  @OnBoth
  void theDuplicateFlagIsNotPassedOn(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    byte[] topic = Bytes.utf8(lab.topic("a"));
    byte[] publish = Frames.publish(lab.version(), 8 | 2, topic, 7, Props.none(), Bytes.utf8("x"));
    lab.join("p").send(publish).next(Packet.PUBACK);

    assertThat(subscriber.message("x").dup()).isFalse();
  }

  @Statement(
      v3 = {"4.3.2-2"},
      v5 = {"4.3.2-5"})
  @OnBoth
  void afterItsPubackAnIdentifierMeansANewMessage(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    Peer publisher = lab.join("p");
    byte[] topic = Bytes.utf8(lab.topic("a"));
    for (String payload : List.of("1", "2")) {
      publisher.send(
          Frames.publish(lab.version(), 8 | 2, topic, 7, Props.none(), Bytes.utf8(payload)));
      assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(7);
    }

    subscriber.message("1");
    subscriber.message("2");
  }

  @Statement(
      v3 = {"4.3.3-2"},
      v5 = {"4.3.3-10", "4.3.3-11", "4.3.3-12"})
  @OnBoth
  void aRepeatedQos2MessageIsDeliveredOnceUntilItsRelease(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 2);
    Peer publisher = lab.join("p");
    byte[] topic = Bytes.utf8(lab.topic("a"));
    byte[] repeat = Frames.publish(lab.version(), 8 | 4, topic, 7, Props.none(), Bytes.utf8("1"));
    publisher.send(Frames.publish(lab.version(), lab.topic("a"), "1", 2, 7));
    assertThat(publisher.next(Packet.PUBREC).id()).isEqualTo(7);
    publisher.send(repeat, repeat);
    assertThat(publisher.next(Packet.PUBREC).id()).isEqualTo(7);
    assertThat(publisher.next(Packet.PUBREC).id()).isEqualTo(7);
    publisher.send(Frames.pubrel(7));
    assertThat(publisher.next(Packet.PUBCOMP).id()).isEqualTo(7);
    publisher.send(Frames.publish(lab.version(), lab.topic("a"), "2", 2, 7));
    publisher.next(Packet.PUBREC);
    publisher.send(Frames.pubrel(7));
    publisher.next(Packet.PUBCOMP);

    subscriber.message("1");
    subscriber.message("2");
  }

  @Statement(v5 = {"3.7.2-1", "3.6.2-1"})
  @OnV5
  void aReleaseOfNothingIsAnsweredAsNotFound(Lab lab) throws Exception {
    Packet pubcomp = lab.join("p").send(Frames.pubrel(99)).next(Packet.PUBCOMP);

    assertThat(pubcomp.id()).isEqualTo(99);
    assertThat(pubcomp.code()).isEqualTo(0x92);
  }

  @Statement(v5 = {"3.4.2-1", "3.5.2-1", "3.6.2-1", "3.7.2-1"})
  @OnV5
  void anAcknowledgementWithACodeOfNoTableEndsTheConnection(Lab lab) throws Exception {
    for (int first : new int[] {0x40, 0x50, 0x62, 0x70})
      lab.join("c").send(Frames.ackWith(first, 1, 0x7F)).dropped(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.3.1-5", "3.3.1-6", "3.3.1-8"},
      v5 = {"3.3.1-5"})
  @OnBoth
  void theLastRetainedMessageOfEachTopicGreetsANewSubscriber(Lab lab) throws Exception {
    Peer publisher = lab.join("p");
    publisher.retain(lab.topic("a"), "old", 1).retain(lab.topic("a"), "new", 2);
    publisher.retain(lab.topic("b/c"), "other", 1);
    Peer subscriber = lab.join("s");
    subscriber.send(Frames.subscribe(lab.version(), 1, lab.topic("#"), 1));
    subscriber.next(Packet.SUBACK);
    List<String> received = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Packet message = subscriber.message();
      assertThat(message.retain()).isTrue();
      assertThat(message.qos()).isEqualTo(1);
      received.add(message.topic() + "=" + message.text());
    }

    assertThat(received)
        .containsExactlyInAnyOrder(lab.topic("a") + "=new", lab.topic("b/c") + "=other");
    subscriber.ping();
  }

  @Statement(v3 = {"3.3.1-7"})
  @OnV3
  void aRetainedMessageOfQos0DiscardsTheOlderOne(Lab lab) throws Exception {
    lab.join("p").retain(lab.topic("a"), "old", 1).retain(lab.topic("a"), "new", 0).ping();

    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    assertThat(subscriber.message("new").qos()).isZero();
    subscriber.ping();
  }

  @Statement(
      v3 = {"3.3.1-9"},
      v5 = {"3.3.1-12"})
  @OnBoth
  void aLiveMessageIsNotMarkedAsRetained(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    lab.join("p").retain(lab.topic("a"), "x", 1);

    assertThat(subscriber.message("x").retain()).isFalse();
  }

  @Statement(
      v3 = {"3.3.1-10", "3.3.1-11"},
      v5 = {"3.3.1-6", "3.3.1-7"})
  @OnBoth
  void anEmptyRetainedMessageIsDeliveredAndErases(Lab lab) throws Exception {
    Peer live = lab.join("l").subscribe(lab.topic("a"), 1);
    lab.join("p").retain(lab.topic("a"), "x", 1).retain(lab.topic("a"), "", 1);

    live.message("x");
    live.message("");
    lab.join("s").subscribe(lab.topic("a"), 1).ping();
  }

  @Statement(
      v3 = {"3.3.1-12"},
      v5 = {"3.3.1-8"})
  @OnBoth
  void anOrdinaryMessageLeavesTheRetainedOneAlone(Lab lab) throws Exception {
    lab.join("p").retain(lab.topic("a"), "kept", 1).publish(lab.topic("a"), "passing", 1);
    lab.join("p").publish(lab.topic("a"), "", 1);

    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    subscriber.message("kept");
    subscriber.ping();
  }

  @Statement(v3 = {"3.1.2-7"})
  @OnV3
  void retainedMessagesOutliveTheirPublishersSession(Lab lab) throws Exception {
    lab.join("p").retain(lab.topic("a"), "kept", 1).disconnect();

    lab.join("p").ping();
    lab.join("s").subscribe(lab.topic("a"), 0).message("kept");
  }

  @Statement(
      v3 = {"3.3.2-3", "4.7.3-4"},
      v5 = {"3.3.2-3", "4.7.3-4"})
  @OnBoth
  void topicsAreComparedAsGiven(Lab lab) throws Exception {
    Peer subscriber = lab.join("s");
    List<String> filters =
        List.of(
            lab.topic("a//b"),
            lab.topic("A/b"),
            lab.topic("caf\u00E9"),
            "/" + lab.topic("a"),
            lab.topic("+/x"));
    for (String filter : filters) subscriber.subscribe(filter, 0);
    Peer publisher = lab.join("p");
    for (String topic :
        List.of("a/b", "a/b/", "a/B", "cafe\u0301", "a", "a/", "//a", "x", "a/b/x", "A//b"))
      publisher.publish(lab.topic(topic), "no", 0);
    publisher.publish(lab.topic("caf\u00E9"), "1", 0);
    publisher.publish("/" + lab.topic("a"), "2", 0);
    publisher.publish(lab.topic("/x"), "3", 0);

    assertThat(subscriber.message("1").topic()).isEqualTo(lab.topic("caf\u00E9"));
    assertThat(subscriber.message("2").topic()).isEqualTo("/" + lab.topic("a"));
    assertThat(subscriber.message("3").topic()).isEqualTo(lab.topic("/x"));
    subscriber.ping();
  }

  @Statement(
      v3 = {"4.7.2-1"},
      v5 = {"4.7.2-1"})
  @OnBoth
  void wildcardsDoNotMeanNamesThatStartWithADollar(Lab lab) throws Exception {
    Peer wild = lab.join("w").subscribe("+/" + lab.name("d"), 0).subscribe("#", 0);
    Peer exact = lab.join("e").subscribe("$" + lab.topic("d"), 0);
    Peer publisher = lab.join("p");
    publisher.publish("$" + lab.topic("d"), "hidden", 0);
    publisher.publish("$x/" + lab.name("d"), "hidden", 0);
    publisher.publish(lab.topic("end"), "end", 0);

    exact.message("hidden");
    Packet packet = wild.message();
    while (!packet.topic().equals(lab.topic("end"))) {
      assertThat(packet.topic()).doesNotStartWith("$");
      packet = wild.message();
    }
  }

  @Statement(
      v3 = {"4.6.0-5", "4.6.0-6"},
      v5 = {"4.6.0-5", "4.6.0-6"})
  @OnBoth
  void aThousandMessagesArriveInOrder(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    Peer publisher = lab.join("p");
    for (int from = 0; from < 1000; from += 20) {
      for (int i = from; i < from + 20; i++)
        publisher.send(Frames.publish(lab.version(), lab.topic("a"), "n" + i, 1, i + 1));
      for (int i = from; i < from + 20; i++)
        assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(i + 1);
      for (int i = from; i < from + 20; i++) subscriber.message("n" + i);
    }
  }

  @Statement(
      v3 = {"4.5.0-1"},
      v5 = {"4.5.0-1"})
  @OnBoth
  void everySubscriberGetsItWhetherConnectedOrNot(Lab lab) throws Exception {
    Peer away = lab.join(lab.client("away").persistent());
    away.subscribe(lab.topic("a"), 1).disconnect();
    Peer one = lab.join("one").subscribe(lab.topic("+"), 0);
    Peer two = lab.join("two").subscribe(lab.topic("#"), 2);
    lab.join("p").publish(lab.topic("a"), "x", 2);

    one.message("x");
    two.message("x");
    lab.join(lab.client("away").persistent()).message("x");
  }

  @Statement(v5 = {"3.3.4-7"})
  @OnV5
  void morePublishesThanTheReceiveMaximumEndTheConnection(Lab lab) throws Exception {
    Peer publisher = lab.open();
    long max = publisher.connect(lab.client("p")).props().number(Props.RECEIVE_MAXIMUM);
    for (int id = 1; id <= max; id++)
      publisher.send(Frames.publish(lab.version(), lab.topic("a"), "x", 2, id));
    for (int id = 1; id <= max; id++) publisher.next(Packet.PUBREC);

    publisher.send(Frames.publish(lab.version(), lab.topic("a"), "x", 2, (int) max + 1));
    publisher.dropped(0x93);
  }

  @Statement(v5 = {"3.3.1-13"})
  @OnV5
  void retainAsPublishedKeepsTheFlag(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 0x08 | 1);
    lab.join("p").retain(lab.topic("a"), "1", 1).publish(lab.topic("a"), "2", 1);

    assertThat(subscriber.message("1").retain()).isTrue();
    assertThat(subscriber.message("2").retain()).isFalse();
  }
}
