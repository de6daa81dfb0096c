package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Subscribing and unsubscribing. */
class MqttSubscribeIT {
  @Statement(
      v3 = {"3.8.3-3", "3.10.3-2"},
      v5 = {"3.8.3-2", "3.10.3-2"})
  @OnBoth
  void aRequestWithoutAFilterEndsTheConnection(Lab lab) throws Exception {
    lab.join("c").send(Frames.subscribe(lab.version(), 1)).dropped(0x81, 0x82);
    lab.join("c").send(Frames.unsubscribe(lab.version(), 1)).dropped(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.8.3-4"},
      v5 = {"3.8.3-5"})
  @OnBoth
  void reservedOptionsEndTheConnection(Lab lab) throws Exception {
    int[] bad = lab.version().is5() ? new int[] {0x40, 0x80, 0x03, 0x30} : new int[] {3, 4, 0x80};
    for (int options : bad) {
      lab.join("c")
          .send(Frames.subscribe(lab.version(), 1, lab.topic("a"), options))
          .dropped(0x81, 0x82);
    }
  }

  @Statement(
      v3 = {"3.8.4-1", "3.8.4-2", "3.8.4-4", "3.8.4-5", "3.9.3-1", "3.9.3-2"},
      v5 = {"3.8.4-1", "3.8.4-2", "3.8.4-5", "3.8.4-6", "3.8.4-7", "3.9.3-1", "3.9.3-2"})
  @OnBoth
  void severalFiltersGetOneAnswerInTheirOrder(Lab lab) throws Exception {
    Peer peer = lab.join("c");
    peer.send(
        Frames.subscribe(
            lab.version(), 77, lab.topic("a"), 2, lab.topic("b"), 0, lab.topic("c"), 1));
    Packet suback = peer.next(Packet.SUBACK);

    assertThat(suback.id()).isEqualTo(77);
    assertThat(suback.codes()).containsExactly(2, 0, 1);
    Peer publisher = lab.join("p");
    for (String topic : List.of("a", "b", "c")) {
      publisher.publish(lab.topic(topic), topic, 2);
      peer.message(topic);
    }
  }

  @Statement(
      v3 = {"3.8.4-6"},
      v5 = {"3.8.4-8"})
  @OnBoth
  void messagesGoOutAtTheLowerQos(Lab lab) throws Exception {
    Peer publisher = lab.join("p");
    for (int granted = 0; granted < 3; granted++) {
      Peer subscriber = lab.join("s").subscribe(lab.topic("g" + granted), granted);
      for (int qos = 0; qos < 3; qos++) {
        publisher.publish(lab.topic("g" + granted), "q" + qos, qos);
        assertThat(subscriber.message("q" + qos).qos()).isEqualTo(Math.min(qos, granted));
      }
    }
  }

  @Statement(
      v3 = {"3.3.5-1"},
      v5 = {"3.3.4-2"})
  @OnBoth
  void overlappingFiltersGetTheHighestQos(Lab lab) throws Exception {
    Peer subscriber = lab.join("s");
    subscriber.subscribe(lab.topic("#"), 0).subscribe(lab.topic("a"), 2);
    subscriber.subscribe(lab.topic("+"), 1);
    lab.join("p").publish(lab.topic("a"), "x", 2);

    assertThat(subscriber.message("x").qos()).isEqualTo(2);
    subscriber.ping();
  }

  @Statement(
      v3 = {"3.8.4-3"},
      v5 = {"3.8.4-3", "3.8.4-4"})
  @OnBoth
  void theSameFilterAgainReplacesTheOldOne(Lab lab) throws Exception {
    Peer publisher = lab.join("p").retain(lab.topic("a"), "kept", 1);
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 2);
    subscriber.message("kept");
    subscriber.subscribe(lab.topic("a"), 0);
    assertThat(subscriber.message("kept").qos()).isZero();
    publisher.publish(lab.topic("a"), "x", 2);

    assertThat(subscriber.message("x").qos()).isZero();
    subscriber.ping();
  }

  @Statement(
      v3 = {"3.8.4-3"},
      v5 = {"3.8.4-4"})
  @OnBoth
  void nothingIsLostWhileASubscriptionIsReplaced(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 0);
    Peer publisher = lab.join("p");
    int subacks = 0;
    int next = 0;
    for (int i = 0; i < 100; i++) {
      publisher.send(Frames.publish(lab.version(), lab.topic("a"), "n" + i, 0, 0));
      subscriber.send(Frames.subscribe(lab.version(), 1 + i, lab.topic("a"), 0));
    }
    while (subacks < 100 || next < 100) {
      Packet packet = subscriber.next();
      if (packet.type() == Packet.SUBACK) subacks++;
      else assertThat(packet.text()).isEqualTo("n" + next++);
    }
  }

  @Statement(
      v3 = {"3.10.4-1", "3.10.4-2", "3.10.4-4", "3.10.4-5"},
      v5 = {"3.10.4-1", "3.10.4-2", "3.10.4-4", "3.10.4-5"})
  @OnBoth
  void unsubscribingIsLiteralAndAlwaysAnswered(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a/b"), 0).subscribe(lab.topic("c/#"), 0);
    subscriber.send(Frames.unsubscribe(lab.version(), 0x0102, lab.topic("a/#"), lab.topic("c/d")));
    Packet none = subscriber.next(Packet.UNSUBACK);
    assertThat(none.id()).isEqualTo(0x0102);
    if (lab.version().is5()) assertThat(none.codes()).containsExactly(0x11, 0x11);
    Peer publisher =
        lab.join("p").publish(lab.topic("a/b"), "1", 0).publish(lab.topic("c/d"), "2", 0);
    subscriber.message("1");
    subscriber.message("2");

    subscriber.send(Frames.unsubscribe(lab.version(), 0x0103, lab.topic("a/b")));
    subscriber.next(Packet.UNSUBACK);
    publisher.publish(lab.topic("a/b"), "no", 0).publish(lab.topic("c/d"), "3", 0);
    subscriber.message("3");
  }

  @Statement(
      v3 = {"3.10.4-6"},
      v5 = {"3.10.4-6", "3.11.3-1", "3.11.3-2"})
  @OnBoth
  void severalFiltersAreRemovedByOneRequest(Lab lab) throws Exception {
    Peer subscriber = lab.join("s");
    for (String topic : List.of("a", "b", "c", "end")) subscriber.subscribe(lab.topic(topic), 0);
    subscriber.send(
        Frames.unsubscribe(
            lab.version(), 9, lab.topic("a"), lab.topic("x"), lab.topic("b"), lab.topic("c")));
    Packet unsuback = subscriber.next(Packet.UNSUBACK);
    if (lab.version().is5()) assertThat(unsuback.codes()).containsExactly(0, 0x11, 0, 0);
    Peer publisher = lab.join("p");
    for (String topic : List.of("a", "b", "c", "end"))
      publisher.publish(lab.topic(topic), topic, 0);

    subscriber.message("end");
  }

  @Statement(
      v3 = {"3.10.4-3"},
      v5 = {"3.10.4-3"})
  @OnBoth
  void aDeliveryThatHasBegunIsFinishedAfterUnsubscribing(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 2);
    lab.join("p").publish(lab.topic("a"), "x", 2);
    Packet begun = subscriber.next(Packet.PUBLISH);
    subscriber.send(Frames.unsubscribe(lab.version(), 9, lab.topic("a")));
    subscriber.next(Packet.UNSUBACK);

    subscriber.send(Frames.pubrec(begun.id()));
    assertThat(subscriber.next(Packet.PUBREL).id()).isEqualTo(begun.id());
    subscriber.send(Frames.pubcomp(begun.id())).ping();
  }

  @Statement(v5 = {"3.3.1-9", "3.3.1-10", "3.3.1-11"})
  @OnV5
  void retainHandlingDecidesWhatASubscribeSends(Lab lab) throws Exception {
    lab.join("p").retain(lab.topic("a"), "kept", 0);
    Peer always = lab.join("s0").subscribe(lab.topic("a"), 0x00);
    always.message("kept");
    always.subscribe(lab.topic("a"), 0x00).message("kept");
    Peer once = lab.join("s1").subscribe(lab.topic("a"), 0x10);
    once.message("kept");
    once.subscribe(lab.topic("a"), 0x10).ping();

    lab.join("s2").subscribe(lab.topic("a"), 0x20).ping();
  }

  @Statement(v5 = {"3.8.3-3"})
  @OnV5
  void noLocalLeavesOutOnesOwnMessages(Lab lab) throws Exception {
    Peer peer = lab.join("c").subscribe(lab.topic("a"), 0x04);
    peer.publish(lab.topic("a"), "own", 0);
    lab.join("p").publish(lab.topic("a"), "other", 0);

    peer.message("other");
  }

  @Statement(v5 = {"3.3.4-3", "3.3.4-4", "3.3.4-5"})
  @OnV5
  void everyMatchingIdentifierGoesAlong(Lab lab) throws Exception {
    Peer subscriber = lab.join("s");
    int id = 1;
    for (String filter : List.of("#", "a", "+")) {
      Props props = Props.none().varint(Props.SUBSCRIPTION_ID, 268_435_450 + id);
      subscriber.send(Frames.subscribe(lab.version(), id++, props, lab.topic(filter), 1));
      subscriber.next(Packet.SUBACK);
    }
    subscriber.subscribe(lab.topic("a/#"), 1);
    lab.join("p").publish(lab.topic("a"), "x", 1).publish(lab.topic("b/c"), "y", 1);

    assertThat(subscriber.message("x").props().numbers(Props.SUBSCRIPTION_ID))
        .containsExactlyInAnyOrder(268_435_451L, 268_435_452L, 268_435_453L);
    assertThat(subscriber.message("y").props().numbers(Props.SUBSCRIPTION_ID))
        .containsExactly(268_435_451L);
  }

  @Statement(v5 = {"3.3.4-6"})
  @OnV5
  void aClientsMessageHasNoSubscriptionIdentifier(Lab lab) throws Exception {
    Props props = Props.none().varint(Props.SUBSCRIPTION_ID, 1);

    lab.join("p").send(Frames.publish(lab.topic("a"), "x", 0, 0, props)).dropped(0x82);
  }

  @Statement(v5 = {"3.8.3-5", "4.13.1-1"})
  @OnV5
  void aSubscriptionIdentifierOfZeroEndsTheConnection(Lab lab) throws Exception {
    Props props = Props.none().varint(Props.SUBSCRIPTION_ID, 0);

    lab.join("p").send(Frames.subscribe(Version.V5, 1, props, lab.topic("a"), 0)).dropped(0x82);
  }
}
