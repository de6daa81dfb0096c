package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What a packet may look like, whatever it says. */
class MqttFramesIT {
  private static final List<String> ILL_FORMED =
      List.of("C0AF", "EDA080", "FF", "61E282", "F5808080");

  @Statement(
      v3 = {"1.5.3-1", "3.3.2-1", "3.8.3-1", "3.10.3-1", "3.1.3-4"},
      v5 = {"1.5.4-1", "3.3.2-1", "3.8.3-1", "3.10.3-1", "3.1.3-4"})
  @OnBoth
  void textThatIsNotUtf8EndsTheConnection(Lab lab) throws Exception {
    for (String hex : ILL_FORMED) {
      byte[] bad = Bytes.hex(hex);
      lab.join("p").send(publish(lab, bad)).dropped(0x81);
      lab.join("s").send(subscribe(lab, bad)).dropped(0x81);
      lab.join("u").send(unsubscribe(lab, bad)).dropped(0x81);
      lab.open().send(connectAs(lab, bad)).refused(0x81, 0x85);
    }
  }

  @Statement(
      v3 = {"1.5.3-2", "4.7.3-2"},
      v5 = {"1.5.4-2", "4.7.3-2"})
  @OnBoth
  void textWithNulEndsTheConnection(Lab lab) throws Exception {
    byte[] bad = {'a', 0, 'b'};
    lab.join("p").send(publish(lab, bad)).dropped(0x81, 0x90);
    lab.join("s").send(subscribe(lab, bad)).dropped(0x81, 0x8F);
    lab.join("u").send(unsubscribe(lab, bad)).dropped(0x81, 0x8F);
    lab.open().send(connectAs(lab, bad)).refused(0x81, 0x85);
  }

  @Statement(
      v3 = {"1.5.3-3"},
      v5 = {"1.5.4-3"})
  @OnBoth
  void aByteOrderMarkIsAnOrdinaryCharacter(Lab lab) throws Exception {
    String topic = lab.topic("a\uFEFFb/\uFEFF");
    Peer subscriber = lab.join("s").subscribe(lab.topic("#"), 0);
    lab.join("p").publish(topic, "x", 0);

    assertThat(subscriber.message("x").topic()).isEqualTo(topic);
  }

  @Statement(
      v3 = {"2.2.2-2", "3.6.1-1", "3.8.1-1", "3.10.1-1", "3.14.1-1", "4.8.0-1"},
      v5 = {"2.1.3-1", "3.6.1-1", "3.8.1-1", "3.10.1-1", "3.14.1-1", "4.13.1-1", "4.13.2-1"})
  @OnBoth
  void wrongFixedHeaderFlagsEndTheConnection(Lab lab) throws Exception {
    byte[] subscribe = Frames.subscribe(lab.version(), 1, lab.topic("a"), 0);
    byte[] unsubscribe = Frames.unsubscribe(lab.version(), 1, lab.topic("a"));
    for (byte[] packet :
        List.of(
            withFirst(0x80, subscribe),
            withFirst(0x83, subscribe),
            withFirst(0xA0, unsubscribe),
            withFirst(0x60, Frames.pubrel(1)),
            withFirst(0x63, Frames.pubrel(1)),
            withFirst(0x41, Frames.puback(1)),
            withFirst(0x52, Frames.pubrec(1)),
            withFirst(0x74, Frames.pubcomp(1)),
            withFirst(0xC1, Frames.PINGREQ),
            withFirst(0xE1, Frames.DISCONNECT))) {
      lab.join("c").send(packet).dropped(0x81);
    }
  }

  @Statement(v5 = {"3.15.1-1"})
  @OnV5
  void wrongFlagsOfAuthEndTheConnection(Lab lab) throws Exception {
    lab.join("c").send("F1 00").dropped(0x81);
  }

  @Statement(
      v3 = {"4.8.0-1"},
      v5 = {"4.13.1-1"})
  @OnBoth
  void reservedPacketTypesEndTheConnection(Lab lab) throws Exception {
    lab.join("c").send("00 00").dropped(0x81, 0x82);
    if (!lab.version().is5()) lab.join("c").send("F0 00").dropped();
  }

  @Statement(
      v3 = {"2.2.2-1", "2.3.1-6", "2.3.1-7", "3.3.4-1", "4.3.1-1", "4.3.2-1"},
      v5 = {
        "2.1.3-1",
        "2.2.1-5",
        "2.2.1-6",
        "3.3.4-1",
        "3.4.2-1",
        "3.5.2-1",
        "3.6.2-1",
        "4.3.1-1",
        "4.3.2-2",
        "4.3.2-4",
        "4.3.3-2",
        "4.3.3-4",
        "4.3.3-8",
        "4.3.3-11",
        "2.2.1-4"
      })
  @OnBoth
  void everyExchangeKeepsItsIdentifierAndItsFlags(Lab lab) throws Exception {
    // Packet.read fails on any flag, code or form that the standard does not list.
    Peer subscriber = lab.join("s");
    subscriber.send(Frames.subscribe(lab.version(), 0x1234, lab.topic("#"), 2));
    assertThat(subscriber.next(Packet.SUBACK).id()).isEqualTo(0x1234);
    Peer publisher = lab.join("p");
    publisher.send(Frames.publish(lab.version(), lab.topic("0"), "a", 0, 0)).ping();
    publisher.send(Frames.publish(lab.version(), lab.topic("1"), "b", 1, 0xABCD));
    assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(0xABCD);
    publisher.send(Frames.publish(lab.version(), lab.topic("2"), "c", 2, 0xFFFF));
    assertThat(publisher.next(Packet.PUBREC).id()).isEqualTo(0xFFFF);
    publisher.send(Frames.pubrel(0xFFFF));
    assertThat(publisher.next(Packet.PUBCOMP).id()).isEqualTo(0xFFFF);

    assertThat(subscriber.next(Packet.PUBLISH).first()).isEqualTo(0x30);
    Packet one = subscriber.next(Packet.PUBLISH);
    assertThat(one.first()).isEqualTo(0x32);
    subscriber.send(Frames.puback(one.id()));
    Packet two = subscriber.next(Packet.PUBLISH);
    assertThat(two.first()).isEqualTo(0x34);
    subscriber.send(Frames.pubrec(two.id()));
    assertThat(subscriber.next(Packet.PUBREL).id()).isEqualTo(two.id());
    subscriber.send(Frames.pubcomp(two.id())).ping();
    subscriber.send(Frames.unsubscribe(lab.version(), 0x4321, lab.topic("#")));
    assertThat(subscriber.next(Packet.UNSUBACK).id()).isEqualTo(0x4321);
  }

  @Statement(
      v3 = {"2.3.1-1"},
      v5 = {"2.2.1-3"})
  @OnBoth
  void anIdentifierOfZeroEndsTheConnection(Lab lab) throws Exception {
    lab.join("c")
        .send(Frames.publish(lab.version(), lab.topic("a"), "x", 1, 0))
        .dropped(0x81, 0x82);
    lab.join("c")
        .send(Frames.publish(lab.version(), lab.topic("a"), "x", 2, 0))
        .dropped(0x81, 0x82);
    lab.join("c").send(Frames.subscribe(lab.version(), 0, lab.topic("a"), 0)).dropped(0x81, 0x82);
    lab.join("c").send(Frames.unsubscribe(lab.version(), 0, lab.topic("a"))).dropped(0x81, 0x82);
  }

  @Statement(v3 = {"2.3.1-5"})
  @OnV3
  void aQos0MessageHasNoIdentifier(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 2);
    lab.join("p").publish(lab.topic("a"), "xy", 0);

    assertThat(subscriber.hex(2 + 2 + lab.topic("a").length() + 2))
        .startsWith("30 ")
        .endsWith(" 78 79");
  }

  @Statement(v5 = {"2.2.1-2", "2.2.2-1"})
  @OnV5
  void aQos0MessageHasNoIdentifierAndAnEmptyPropertySectionIsWritten(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 2);
    lab.join("p").publish(lab.topic("a"), "xy", 0);

    assertThat(subscriber.hex(2 + 2 + lab.topic("a").length() + 1 + 2))
        .startsWith("30 ")
        .endsWith(" 00 78 79");
    subscriber.send(Frames.subscribe(lab.version(), 1, lab.topic("b"), 0));
    assertThat(subscriber.hex(6)).isEqualTo("90 04 00 01 00 00");
    subscriber.send(Frames.unsubscribe(lab.version(), 2, lab.topic("b")));
    assertThat(subscriber.hex(6)).isEqualTo("b0 04 00 02 00 00");
  }

  @Statement(v5 = {"1.5.5-1"})
  @OnV5
  void aLengthThatIsNotInItsShortestFormEndsTheConnection(Lab lab) throws Exception {
    lab.join("c").send("C0 80 00").dropped(0x81);
    byte[] longPropertyLength =
        new Bytes().str(lab.topic("a")).u8(0x80).u8(0).str("x").packet(0x30);
    lab.join("c").send(longPropertyLength).dropped(0x81);
    byte[] longIdentifier =
        new Bytes().u16(1).u8(3).u8(0x0B).u8(0x82).u8(0).str(lab.topic("a")).u8(0).packet(0x82);
    lab.join("c").send(longIdentifier).dropped(0x81);
    lab.join("c").send("C0 FF FF FF FF 01").dropped(0x81);
  }

  @Statement(v5 = {"1.5.7-1", "1.5.4-1"})
  @OnV5
  void bothHalvesOfAPairAreText(Lab lab) throws Exception {
    for (String bad : List.of("26 0001 FF 0001 61", "26 0001 61 0001 FF", "26 0001 00 0001 61")) {
      byte[] topic = Bytes.utf8(lab.topic("a"));
      Props props = Props.none().raw(Bytes.hex(bad));
      lab.join("c").send(Frames.publish(Version.V5, 0, topic, 0, props, topic)).dropped(0x81);
    }
  }

  @Statement(
      v3 = {"3.1.0-1"},
      v5 = {"3.1.0-1", "3.14.0-1"})
  @OnBoth
  void anyOtherFirstPacketEndsTheConnectionWithoutAnAnswer(Lab lab) throws Exception {
    for (byte[] packet :
        List.of(
            Frames.PINGREQ,
            Frames.DISCONNECT,
            Frames.publish(lab.version(), lab.topic("a"), "x", 0, 0),
            Frames.subscribe(lab.version(), 1, lab.topic("a"), 0),
            Bytes.hex("20 02 00 00"))) lab.open().send(packet).eof();
  }

  @Statement(
      v3 = {"3.1.0-2"},
      v5 = {"3.1.0-2", "3.2.0-2"})
  @OnBoth
  void aSecondConnectEndsTheConnection(Lab lab) throws Exception {
    Peer peer = lab.join("c");
    peer.send(lab.client("c").bytes()).dropped(0x82);
  }

  @Statement(
      v3 = {"3.3.1-2", "3.3.1-4"},
      v5 = {"3.3.1-2", "3.3.1-4"})
  @OnBoth
  void aMessageOfQos3OrADuplicateOfQos0EndsTheConnection(Lab lab) throws Exception {
    byte[] topic = Bytes.utf8(lab.topic("a"));
    byte[] qos3 = Frames.publish(lab.version(), 6, topic, 1, Props.none(), topic);
    byte[] duplicate = Frames.publish(lab.version(), 8, topic, 0, Props.none(), topic);
    lab.join("c").send(qos3).dropped(0x81);
    lab.join("c").send(duplicate).dropped(0x81);
  }

  @Statement(
      v3 = {"4.7.3-1"},
      v5 = {"4.7.3-1"})
  @OnBoth
  void aTopicHasACharacter(Lab lab) throws Exception {
    lab.join("c").send(publish(lab, new byte[0])).dropped(0x81, 0x82, 0x90);
    lab.join("c").send(subscribe(lab, new byte[0])).dropped(0x81, 0x82, 0x8F);
    lab.join("c").send(unsubscribe(lab, new byte[0])).dropped(0x81, 0x82, 0x8F);
  }

  @Statement(
      v3 = {"4.7.3-3"},
      v5 = {"4.7.3-3"})
  @OnBoth
  void topicsUpToTheDocumentedLimitWork(Lab lab) throws Exception {
    String start = lab.topic("");
    String longest = start + "x".repeat(4096 - start.length());
    Peer subscriber = lab.join("s").subscribe(longest, 1);
    Peer publisher = lab.join("p").publish(longest, "fits", 1);
    subscriber.message("fits");

    publisher.send(Frames.publish(lab.version(), longest + "x", "no", 1, 1));
    if (lab.version().is5()) {
      Packet answer = publisher.next();
      assertThat(answer.type()).isIn(Packet.PUBACK, Packet.DISCONNECT);
      assertThat(answer.code()).isEqualTo(0x90);
    } else {
      publisher.eof();
    }
  }

  @Statement(
      v3 = {"3.3.2-2", "4.7.1-1"},
      v5 = {"3.3.2-2", "4.7.0-1"})
  @OnBoth
  void aTopicNameWithAWildcardIsRefused(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("#"), 0);
    for (String topic : List.of(lab.topic("+"), lab.topic("#"), lab.topic("a/+/b"))) {
      lab.join("p").send(Frames.publish(lab.version(), topic, "no", 0, 0)).dropped(0x81, 0x90);
    }
    lab.join("p").publish(lab.topic("a"), "end", 0);
    watcher.message("end");
  }

  @Statement(
      v3 = {"4.7.1-2", "4.7.1-3"},
      v5 = {"4.7.1-1", "4.7.1-2"})
  @OnBoth
  void aFilterWithAMisplacedWildcardIsRefused(Lab lab) throws Exception {
    for (String filter : List.of("a#", "a/#/b", "#/a", "a+", "+a/b", "a/+b")) {
      Peer peer = lab.join("c");
      peer.send(Frames.subscribe(lab.version(), 1, lab.topic(filter), 0));
      refusedFilter(lab, peer, 0x8F);
    }
    lab.join("c").subscribe("+/" + lab.name("b"), 0).subscribe(lab.topic("+"), 0);
  }

  /** Refused by its SUBACK, or by the end of the connection. */
  static void refusedFilter(Lab lab, Peer peer, int code) throws Exception {
    if (!lab.version().is5()) {
      try {
        assertThat(peer.next(Packet.SUBACK).codes()).containsExactly(0x80);
      } catch (java.io.EOFException closed) {
        return; // as good
      }
      return;
    }
    Packet answer = peer.next();
    assertThat(answer.type()).as("%s", answer).isIn(Packet.SUBACK, Packet.DISCONNECT);
    assertThat(answer.code()).as("%s", answer).isIn(code, 0x81, 0x82);
  }

  private static byte[] publish(Lab lab, byte[] topic) {
    return Frames.publish(lab.version(), 0, topic, 0, Props.none(), Bytes.utf8("x"));
  }

  private static byte[] subscribe(Lab lab, byte[] filter) {
    Bytes body = new Bytes().u16(1);
    if (lab.version().is5()) body.u8(0);
    return body.bin(filter).u8(0).packet(0x82);
  }

  private static byte[] unsubscribe(Lab lab, byte[] filter) {
    Bytes body = new Bytes().u16(1);
    if (lab.version().is5()) body.u8(0);
    return body.bin(filter).packet(0xA2);
  }

  private static byte[] connectAs(Lab lab, byte[] id) {
    return Connect.packet(lab.client("x").head(2), new Bytes().bin(id).toArray());
  }

  private static byte[] withFirst(int first, byte[] packet) {
    byte[] changed = packet.clone();
    changed[0] = (byte) first;
    return changed;
  }
}
