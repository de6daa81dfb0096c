package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;

/** What version 5 adds to packets. */
class MqttPropertiesIT {
  @Statement(v5 = {"3.3.2-4", "3.3.2-15", "3.3.2-16", "3.3.2-17", "3.3.2-18", "3.3.2-20"})
  @OnV5
  void aMessagesPropertiesArriveUnchanged(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("a"), 1);
    byte[] correlation = {0, 1, (byte) 0xFF, '/'};
    Props props =
        Props.none()
            .user("z", "1")
            .u8(Props.PAYLOAD_FORMAT, 1)
            .str(Props.CONTENT_TYPE, "text/\uFEFFplain")
            .user("a", "")
            .str(Props.RESPONSE_TOPIC, lab.topic("answer"))
            .user("z", "1")
            .bin(Props.CORRELATION, correlation)
            .user("", "v");
    Peer publisher = lab.join("p");
    publisher.exchange(Frames.publish(lab.topic("a"), "x", 1, 50_000, props), 1);

    Props received = subscriber.message("x").props();
    assertThat(received.users()).containsExactly("z=1", "a=", "z=1", "=v");
    assertThat(received.number(Props.PAYLOAD_FORMAT)).isOne();
    assertThat(received.text(Props.CONTENT_TYPE)).isEqualTo("text/\uFEFFplain");
    assertThat(received.text(Props.RESPONSE_TOPIC)).isEqualTo(lab.topic("answer"));
    assertThat(received.data(Props.CORRELATION)).isEqualTo(correlation);

    Props empty = Props.none().bin(Props.CORRELATION, new byte[0]).u8(Props.PAYLOAD_FORMAT, 0);
    publisher.exchange(Frames.publish(lab.topic("a"), "y", 1, 50_000, empty), 1);
    received = subscriber.message("y").props();
    assertThat(received.data(Props.CORRELATION)).isEmpty();
    assertThat(received.number(Props.PAYLOAD_FORMAT)).isZero();
  }

  @Statement(v5 = {"3.3.2-4", "3.3.2-18"})
  @OnV5
  void aRetainedMessageKeepsItsProperties(Lab lab) throws Exception {
    byte[] topic = Bytes.utf8(lab.topic("a"));
    Props props = Props.none().user("b", "1").user("a", "2").u8(Props.PAYLOAD_FORMAT, 1);
    Peer publisher = lab.join("p");
    publisher.exchange(Frames.publish(Version.V5, 3, topic, 50_000, props, topic), 1);

    Props received = lab.join("s").subscribe(lab.topic("a"), 1).message().props();
    assertThat(received.users()).containsExactly("b=1", "a=2");
    assertThat(received.number(Props.PAYLOAD_FORMAT)).isOne();
  }

  @Statement(v5 = {"3.3.2-13", "3.3.2-19"})
  @OnV5
  void responseTopicAndContentTypeAreText(Lab lab) throws Exception {
    for (int id : new int[] {Props.RESPONSE_TOPIC, Props.CONTENT_TYPE}) {
      Props props = Props.none().bin(id, Bytes.hex("C0AF"));
      lab.join("p").send(Frames.publish(lab.topic("a"), "x", 0, 0, props)).dropped(0x81);
    }
  }

  @Statement(v5 = {"3.3.2-14"})
  @OnV5
  void aResponseTopicHasNoWildcard(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("a"), 1);
    Props props = Props.none().str(Props.RESPONSE_TOPIC, lab.topic("#"));
    Peer publisher = lab.join("p").send(Frames.publish(lab.topic("a"), "no", 1, 1, props));
    Packet answer = publisher.next();
    assertThat(answer.type()).isIn(Packet.PUBACK, Packet.DISCONNECT);
    assertThat(answer.code()).isGreaterThanOrEqualTo(0x80);

    lab.join("q").publish(lab.topic("a"), "yes", 1);
    watcher.message("yes");
  }

  @Statement(v5 = {"3.3.2-5", "3.3.2-6", "4.3.3-7", "4.3.3-13"})
  @OnV5
  void amessageExpiresUnlessItsDeliveryHasBegun(Lab lab) throws Exception {
    Peer begun = lab.join(lab.client("begun").persistent()).subscribe(lab.topic("short"), 2);
    Peer away = lab.join(lab.client("away").persistent());
    away.subscribe(lab.topic("+"), 1).disconnect();
    Peer publisher = lab.join("p");
    Props one = Props.none().u32(Props.MESSAGE_EXPIRY, 1);
    Props hundred = Props.none().u32(Props.MESSAGE_EXPIRY, 100);
    publisher.exchange(Frames.publish(lab.topic("short"), "short", 2, 50_000, one), 2);
    publisher.exchange(Frames.publish(lab.topic("long"), "long", 1, 50_000, hundred), 1);
    publisher.send(Frames.publish(lab.topic("x"), "kept", 2, 7, one)).next(Packet.PUBREC);
    Packet started = begun.next(Packet.PUBLISH);
    assertThat(started.props().number(Props.MESSAGE_EXPIRY)).isEqualTo(1);
    begun.crash();

    Awaitility.await().pollDelay(Duration.ofMillis(2_100)).untilAsserted(publisher::ping);
    Peer back = lab.join(lab.client("away").persistent());
    Packet left = back.message("long");
    assertThat(left.props().number(Props.MESSAGE_EXPIRY)).isBetween(96L, 98L);
    back.ping();
    Peer again = lab.join(lab.client("begun").persistent());
    assertThat(again.message("short").dup()).isTrue();
    assertThat(publisher.send(Frames.pubrel(7)).next(Packet.PUBCOMP).code()).isZero();
  }

  @Statement(v5 = {"3.3.2-7", "3.3.2-12"})
  @OnV5
  void everyAnnouncedAliasWorksForItsConnectionOnly(Lab lab) throws Exception {
    Peer subscriber = lab.join("s").subscribe(lab.topic("+"), 0);
    Peer publisher = lab.open();
    int max = (int) publisher.connect(lab.client("p")).props().number(Props.ALIAS_MAXIMUM);
    assertThat(max).isPositive();
    for (int alias : new int[] {1, max}) {
      publisher.send(aliased(lab.topic("t" + alias), alias, "first"));
      publisher.send(aliased("", alias, "second"));
    }
    publisher.send(aliased(lab.topic("other"), 1, "moved"), aliased("", 1, "there"));
    for (int alias : new int[] {1, max}) {
      for (String payload : List.of("first", "second"))
        assertThat(subscriber.message(payload).topic()).isEqualTo(lab.topic("t" + alias));
    }
    assertThat(subscriber.message("moved").topic()).isEqualTo(lab.topic("other"));
    assertThat(subscriber.message("there").topic()).isEqualTo(lab.topic("other"));

    publisher.disconnect();
    lab.join("p").send(aliased("", 1, "no")).dropped(0x82);
  }

  @Statement(v5 = {"3.2.2-17", "3.3.2-8", "3.3.2-9"})
  @OnV5
  void anAliasOutOfRangeEndsTheConnection(Lab lab) throws Exception {
    Peer peer = lab.open();
    int max = (int) peer.connect(lab.client("p")).props().number(Props.ALIAS_MAXIMUM);

    peer.send(aliased(lab.topic("a"), max + 1, "no")).dropped(0x94);
    lab.join("p").send(aliased(lab.topic("a"), 0, "no")).dropped(0x94);
  }

  private static byte[] aliased(String topic, int alias, String payload) {
    return Frames.publish(topic, payload, 0, 0, Props.none().u16(Props.ALIAS, alias));
  }

  @Statement(v5 = {"3.1.2-26", "3.1.2-27", "3.3.2-11"})
  @OnV5
  void aliasesFromTheServerStayWithinTheClientsMaximum(Lab lab) throws Exception {
    Props three = Props.none().u16(Props.ALIAS_MAXIMUM, 3);
    Peer with = lab.join(lab.client("with").props(three)).subscribe(lab.topic("#"), 0);
    Peer without = lab.join("without").subscribe(lab.topic("#"), 0);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 40; i++) publisher.publish(lab.topic("t" + i % 5), "n" + i, 0);
    Map<Long, String> aliases = new HashMap<>();
    Set<Long> used = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      Packet packet = with.message("n" + i);
      String topic = packet.topic();
      if (packet.props().has(Props.ALIAS)) {
        long alias = packet.props().number(Props.ALIAS);
        assertThat(alias).isBetween(1L, 3L);
        used.add(alias);
        if (topic.isEmpty()) topic = aliases.get(alias);
        else aliases.put(alias, topic);
      }
      assertThat(topic).isEqualTo(lab.topic("t" + i % 5));
      assertThat(without.message("n" + i).props().has(Props.ALIAS)).isFalse();
    }
    assertThat(used).isNotEmpty();
  }

  @Statement(v5 = {"3.1.2-24", "3.1.2-25"})
  @OnV5
  void aMessageTooLargeForItsReceiverIsLeftOut(Lab lab) throws Exception {
    Connect small =
        lab.client("s")
            .props(Props.none().u32(Props.MAX_PACKET, 100).u16(Props.RECEIVE_MAXIMUM, 1));
    Peer subscriber = lab.join(small).subscribe(lab.topic("a"), 1);
    Peer large = lab.join("l").subscribe(lab.topic("a"), 1);
    Peer publisher = lab.join("p");
    publisher.publish(lab.topic("a"), "x".repeat(200), 1);
    publisher.publish(lab.topic("a"), "fits", 1).publish(lab.topic("a"), "too", 1);

    large.message("x".repeat(200));
    assertThat(subscriber.message("fits").size()).isLessThanOrEqualTo(100);
    subscriber.message("too");
  }

  @Statement(
      v5 = {
        "3.1.2-29",
        "3.4.2-2",
        "3.4.2-3",
        "3.5.2-2",
        "3.5.2-3",
        "3.7.2-2",
        "3.7.2-3",
        "3.9.2-1",
        "3.9.2-2",
        "3.11.2-1",
        "3.11.2-2"
      })
  @OnV5
  void explanationsAreLeftOutWhenUnwantedOrTooLong(Lab lab) throws Exception {
    Props unwanted = Props.none().u8(Props.REQUEST_PROBLEM, 0);
    Props tiny = Props.none().u32(Props.MAX_PACKET, 24);
    for (Props props : List.of(unwanted, tiny)) {
      Peer peer = lab.join(lab.client("c").props(props));
      peer.send(Frames.pubrel(9));
      briefly(peer.next(Packet.PUBCOMP));
      peer.send(Frames.publish("$SYS/x", "no", 1, 3, Props.none()));
      briefly(peer.next(Packet.PUBACK));
      peer.send(Frames.publish("$SYS/x", "no", 2, 4, Props.none()));
      briefly(peer.next(Packet.PUBREC));
      peer.send(Frames.subscribe(Version.V5, 5, "$share/g", 0));
      briefly(peer.next(Packet.SUBACK));
      peer.send(Frames.unsubscribe(Version.V5, 6, "$x"));
      briefly(peer.next(Packet.UNSUBACK));
    }
  }

  private static void briefly(Packet packet) {
    assertThat(packet.codes()).as("%s", packet).allSatisfy(c -> assertThat(c).isPositive());
    assertThat(packet.props().has(Props.REASON)).isFalse();
    assertThat(packet.props().users()).isEmpty();
    assertThat(packet.size()).isLessThanOrEqualTo(24);
  }

  @Statement(v5 = {"3.14.2-2", "3.14.2-3", "3.14.2-4", "3.6.2-2", "3.6.2-3"})
  @OnV5
  void aDisconnectFitsTheClientsMaximum(Lab lab) throws Exception {
    Props tiny = Props.none().u32(Props.MAX_PACKET, 20);
    Peer peer = lab.join(lab.client("c").props(tiny)).subscribe(lab.name(""), 2);
    lab.join("p").publish(lab.name(""), "m", 2);
    Packet message = peer.next(Packet.PUBLISH);
    assertThat(peer.send(Frames.pubrec(message.id())).next(Packet.PUBREL).size()).isEqualTo(4);
    peer.send("C1 00");
    Packet disconnect = peer.next(Packet.DISCONNECT);

    assertThat(disconnect.size()).isLessThanOrEqualTo(20);
    assertThat(disconnect.props().has(Props.REASON)).isFalse();
    peer.eof();
  }

  @Statement(v5 = {"3.2.2-19", "3.2.2-20"})
  @OnV5
  void aRefusalFitsTheClientsMaximum(Lab lab) throws Exception {
    Connect connect =
        lab.client("c")
            .props(Props.none().str(Props.AUTH_METHOD, "no-such").u32(Props.MAX_PACKET, 10));
    Peer peer = lab.open().send(connect.bytes());
    try {
      assertThat(peer.next(Packet.CONNACK).size()).isLessThanOrEqualTo(10);
    } catch (EOFException nothing) {
      return; // nothing fits as well
    }
    peer.eof();
  }

  @Statement(v5 = {"4.13.1-1", "4.13.2-1"})
  @OnV5
  void propertiesInTheWrongPlaceOrTwiceEndTheConnection(Lab lab) throws Exception {
    List<Props> bad = new ArrayList<>();
    bad.add(Props.none().u8(Props.PAYLOAD_FORMAT, 0).u8(Props.PAYLOAD_FORMAT, 0));
    bad.add(Props.none().u8(Props.PAYLOAD_FORMAT, 2));
    bad.add(Props.none().u32(Props.SESSION_EXPIRY, 1));
    bad.add(Props.none().u16(Props.RECEIVE_MAXIMUM, 1));
    bad.add(Props.none().raw(Bytes.hex("7E 00")));
    bad.add(Props.none().raw(Bytes.hex("26 00")));
    bad.add(Props.none().str(Props.REASON, "x"));
    for (Props props : bad)
      lab.join("c").send(Frames.publish(lab.topic("a"), "x", 0, 0, props)).dropped(0x81, 0x82);
    for (Props props :
        List.of(
            Props.none().u16(Props.RECEIVE_MAXIMUM, 0),
            Props.none().u32(Props.MAX_PACKET, 0),
            Props.none().u8(Props.REQUEST_PROBLEM, 2),
            Props.none().u16(Props.ALIAS, 1),
            Props.none().bin(Props.AUTH_DATA, new byte[1])))
      lab.open().send(lab.client("c").props(props).bytes()).refused(0x81, 0x82);
  }
}
