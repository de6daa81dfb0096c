package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How a connection begins. */
class MqttConnectIT {
  private static final String LETTERS_AND_DIGITS =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  @Statement(
      v3 = {"3.1.2-1"},
      v5 = {"3.1.2-1"})
  @OnBoth
  void anotherProtocolNameIsRefused(Lab lab) throws Exception {
    Connect connect = lab.client("c");
    for (String name : List.of("MQTTX", "mqtt", "HTTP")) {
      byte[] head = connect.head(name, lab.version().level, 2);
      Peer peer = lab.open().send(Connect.packet(head, connect.payload()));
      if (lab.version().is5()) {
        peer.refused(0x84);
      } else {
        // A refusal may name the version or say nothing at all.
        byte[] all = peer.link().tcp() == null ? new byte[0] : readToEnd(peer);
        assertThat(all.length == 0 || all[3] == 1).isTrue();
      }
    }
  }

  private static byte[] readToEnd(Peer peer) throws Exception {
    Bytes all = new Bytes();
    for (int b = peer.link().read(); b >= 0; b = peer.link().read()) all.u8(b);
    return all.toArray();
  }

  @Statement(v3 = {"3.1.2-2", "3.2.2-5"})
  @OnV3
  void anUnknownLevelIsRefusedWithCode1(Lab lab) throws Exception {
    Connect connect = lab.client("c");
    for (int level : new int[] {0, 2, 6, 9, 0xFF}) {
      Peer peer = lab.open();
      peer.send(Connect.packet(connect.head("MQTT", level, 2), connect.payload()));
      assertThat(readToEnd(peer)).startsWith(Bytes.hex("20 02 00 01"));
    }
  }

  @Statement(v5 = {"3.1.2-2", "3.2.2-7", "3.2.2-8"})
  @OnV5
  void anUnknownVersionIsRefused(Lab lab) throws Exception {
    Connect connect = lab.client("c");
    Peer peer = lab.open();
    peer.send(Connect.packet(connect.head("MQTT", 6, 2), connect.payload()));
    byte[] all = readToEnd(peer);
    // A client of a version that we do not know gets the form of the oldest or of the newest.
    if (all.length > 0) {
      assertThat(all[0]).isEqualTo((byte) 0x20);
      assertThat(all[3] & 0xFF).isIn(1, 0x84);
    }
  }

  @Statement(
      v3 = {"3.1.2-3", "3.1.4-1"},
      v5 = {"3.1.2-3", "3.1.4-1"})
  @OnBoth
  void theReservedConnectFlagIsChecked(Lab lab) throws Exception {
    lab.open().send(lab.client("c").bytesWithFlags(3)).refused(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.1.2-9", "3.1.4-1"},
      v5 = {"3.1.2-9", "3.1.4-1"})
  @OnBoth
  void aWillFlagWithoutAWillIsRefused(Lab lab) throws Exception {
    lab.open().send(lab.client("c").bytesWithFlags(2 | 4)).refused(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.1.2-11", "3.1.2-13", "3.1.2-15", "3.1.4-1"},
      v5 = {"3.1.2-11", "3.1.2-13"})
  @OnBoth
  void willBitsWithoutAWillAreRefused(Lab lab) throws Exception {
    lab.open().send(lab.client("c").bytesWithFlags(2 | 8)).refused(0x81, 0x82);
    lab.open().send(lab.client("c").bytesWithFlags(2 | 0x10)).refused(0x81, 0x82);
    lab.open().send(lab.client("c").bytesWithFlags(2 | 0x20)).refused(0x81, 0x82);
    Connect will = lab.client("c").will(lab.topic("w"), "x", 0, false);
    lab.open().send(will.bytesWithFlags(2)).refused(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.1.2-14"},
      v5 = {"3.1.2-12"})
  @OnBoth
  void aWillOfQos3IsRefused(Lab lab) throws Exception {
    Connect will = lab.client("c").will(lab.topic("w"), "x", 3, false);
    lab.open().send(will.bytes()).refused(0x81, 0x82);
    for (int qos = 0; qos < 3; qos++)
      lab.join(lab.client("c").will(lab.topic("w"), "x", qos, false));
  }

  @Statement(
      v3 = {"3.1.2-18", "3.1.2-19", "3.1.2-20", "3.1.2-21"},
      v5 = {"3.1.2-16", "3.1.2-17", "3.1.2-18", "3.1.2-19"})
  @OnBoth
  void userNameAndPasswordAreThereWhenTheirFlagsSaySo(Lab lab) throws Exception {
    Connect both = lab.client("c").user("u").password("p");
    lab.open().send(both.bytesWithFlags(2)).refused(0x81, 0x82);
    lab.open().send(both.bytesWithFlags(2 | 0x80)).refused(0x81, 0x82);
    lab.open().send(lab.client("c").bytesWithFlags(2 | 0x80)).refused(0x81, 0x82);
    lab.open().send(lab.client("c").user("u").bytesWithFlags(2 | 0xC0)).refused(0x81, 0x82);
  }

  @Statement(v3 = {"3.1.2-22"})
  @OnV3
  void aPasswordNeedsAUserName(Lab lab) throws Exception {
    lab.open().send(lab.client("c").password("p").bytes()).eof();
  }

  @Statement(v5 = {"3.1.2-19"})
  @OnV5
  void aPasswordNeedsNoUserName(Lab lab) throws Exception {
    Peer peer = lab.open().send(lab.client("c").password("p").bytes());

    // Well formed, hence answered with a decision and not as malformed.
    assertThat(peer.next(Packet.CONNACK).code()).isNotIn(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.1.3-3"},
      v5 = {"3.1.3-3"})
  @OnBoth
  void theClientIdIsNeverLeftOut(Lab lab) throws Exception {
    byte[] head = lab.client("c").head(2);
    lab.open().send(Connect.packet(head, new byte[0])).refused(0x81, 0x82);
  }

  @Statement(
      v3 = {"3.1.3-10", "3.1.3-11"},
      v5 = {"3.1.3-11", "3.1.3-12"})
  @OnBoth
  void willTopicAndUserNameAreText(Lab lab) throws Exception {
    Bytes willPayload = new Bytes().str(lab.name("c"));
    if (lab.version().is5()) willPayload.u8(0);
    willPayload.bin(Bytes.hex("C0AF")).str("x");
    byte[] user = new Bytes().str(lab.name("c")).bin(Bytes.hex("EDA080")).toArray();
    Connect connect = lab.client("c");
    lab.open().send(Connect.packet(connect.head(2 | 4), willPayload.toArray())).refused(0x81);
    lab.open().send(Connect.packet(connect.head(2 | 0x80), user)).refused(0x81);
  }

  @Statement(
      v3 = {"3.1.3-5", "3.1.4-4", "3.2.2-1"},
      v5 = {"3.1.3-5", "3.1.4-5", "3.2.2-1", "3.2.2-2"})
  @OnBoth
  void everyIdOfLettersAndDigitsIsAccepted(Lab lab) throws Exception {
    for (int from = 0; from + 23 <= LETTERS_AND_DIGITS.length(); from += 13) {
      String id = LETTERS_AND_DIGITS.substring(from, from + 23);
      Peer peer = lab.open();
      assertThat(peer.connect(Connect.of(lab.version(), id)).sessionPresent()).isFalse();
      peer.disconnect();
      Peer shortest = lab.open();
      shortest.connect(Connect.of(lab.version(), LETTERS_AND_DIGITS.substring(from, from + 1)));
      shortest.disconnect();
    }
  }

  @Statement(v3 = {"3.1.3-6"})
  @OnV3
  void clientsWithoutAnIdGetOneEach(Lab lab) throws Exception {
    Peer a = lab.open();
    a.connect(Connect.of(lab.version(), ""));
    Peer b = lab.open();
    b.connect(Connect.of(lab.version(), ""));

    a.ping();
    b.ping();
  }

  @Statement(v5 = {"3.1.3-6", "3.1.3-7", "3.2.2-16"})
  @OnV5
  void clientsWithoutAnIdAreToldTheirs(Lab lab) throws Exception {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      Props props = Props.none().u32(Props.SESSION_EXPIRY, 600);
      Packet connack = lab.open().connect(Connect.of(lab.version(), "").props(props));
      assertThat(ids.add(connack.props().text(Props.ASSIGNED_ID))).isTrue();
    }
    String assigned = ids.iterator().next();
    Connect again = Connect.of(lab.version(), assigned).resume();
    assertThat(lab.open().connect(again).sessionPresent()).isTrue();
  }

  @Statement(v3 = {"3.1.3-8", "3.1.3-9", "3.2.2-4", "3.2.2-5"})
  @OnV3
  void anEmptyIdWithoutACleanSessionIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open().send(Connect.of(lab.version(), "").resume().bytes());

    assertThat(peer.hex(4)).isEqualTo("20 02 00 02");
    peer.eof();
  }

  @Statement(v3 = {"3.1.3-9"})
  @OnV3
  void version31TakesIdsOf1To23Bytes(Lab lab) throws Exception {
    for (String id : List.of("", "x".repeat(24))) {
      Connect connect = Connect.of(lab.version(), id);
      Peer peer = lab.open();
      peer.send(Connect.packet(connect.head("MQIsdp", 3, 2), connect.payload()));
      assertThat(peer.hex(4)).isEqualTo("20 02 00 02");
      peer.eof();
    }
  }

  @Statement(
      v3 = {"7.0.0-2", "7.1.1-1"},
      v5 = {"4.2.0-1"})
  @OnBoth
  void aPlainClientConnectsWithDefaults(Lab lab) throws Exception {
    Peer peer = lab.open().send(lab.client("c").bytes());

    if (!lab.version().is5()) assertThat(peer.hex(4)).isEqualTo("20 02 00 00");
    else assertThat(peer.next(Packet.CONNACK).code()).isZero();
    peer.ping();
  }

  @Statement(
      v3 = {"3.1.4-2"},
      v5 = {"3.1.4-3"})
  @OnBoth
  void aSecondConnectionOfAClientEndsTheFirst(Lab lab) throws Exception {
    Peer first = lab.join("c");
    Peer second = lab.join("c");

    first.dropped(0x8E);
    second.ping();
  }

  @Statement(
      v3 = {"3.1.4-5"},
      v5 = {"3.1.4-6"})
  @OnBoth
  void whatFollowsARefusedConnectIsIgnored(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("a"), 0);
    byte[] refused = lab.client("c").bytesWithFlags(3);
    byte[] publish = Frames.publish(lab.version(), lab.topic("a"), "no", 0, 0);
    lab.open().send(Bytes.concat(refused, publish)).refused(0x81, 0x82);

    lab.join("p").publish(lab.topic("a"), "yes", 0);
    watcher.message("yes");
  }

  @Statement(
      v3 = {"3.12.4-1"},
      v5 = {"3.12.4-1"})
  @OnBoth
  void aPingIsAnswered(Lab lab) throws Exception {
    assertThat(lab.join("c").send("C0 00").hex(2)).isEqualTo("d0 00");
  }

  @Statement(
      v3 = {"3.14.4-2"},
      v5 = {"3.14.4-1", "3.14.4-2"})
  @OnBoth
  void whatFollowsADisconnectIsIgnored(Lab lab) throws Exception {
    Peer watcher = lab.join("w").subscribe(lab.topic("a"), 0);
    byte[] publish = Frames.publish(lab.version(), lab.topic("a"), "no", 0, 0);
    lab.join("c").send(Bytes.concat(Frames.DISCONNECT, publish)).eof();

    lab.join("p").publish(lab.topic("a"), "yes", 0);
    watcher.message("yes");
  }

  @Statement(v5 = {"3.14.2-1"})
  @OnV5
  void aDisconnectHasACodeOfItsTable(Lab lab) throws Exception {
    lab.join("c").send(Frames.disconnect(0x01, Props.none())).dropped(0x81, 0x82);
    lab.join("c").send(Frames.disconnect(0x8E + 0x60, Props.none())).dropped(0x81, 0x82);
  }

  @Statement(v5 = {"3.1.2-28"})
  @OnV5
  void responseInformationIsNotSentUnasked(Lab lab) throws Exception {
    assertThat(lab.open().connect(lab.client("c")).props().has(Props.RESPONSE_INFO)).isFalse();
    Connect zero = lab.client("c").props(Props.none().u8(Props.REQUEST_RESPONSE, 0));
    assertThat(lab.open().connect(zero).props().has(Props.RESPONSE_INFO)).isFalse();
  }

  @Statement(v5 = {"4.12.0-6"})
  @OnV5
  void withoutAMethodNothingIsSaidOfAuthentication(Lab lab) throws Exception {
    Packet connack = lab.open().connect(lab.client("c"));

    assertThat(connack.props().has(Props.AUTH_METHOD)).isFalse();
    assertThat(connack.props().has(Props.AUTH_DATA)).isFalse();
  }

  @Statement(v5 = {"4.12.0-7"})
  @OnV5
  void withoutAMethodAnAuthEndsTheConnection(Lab lab) throws Exception {
    lab.join("c").send(Frames.auth(0x19, "X", new byte[0])).dropped(0x82);
  }

  @Statement(v5 = {"4.12.0-1"})
  @OnV5
  void anUnknownMethodIsRefused(Lab lab) throws Exception {
    Connect connect = lab.client("c").props(Props.none().str(Props.AUTH_METHOD, "no-such-method"));

    lab.open().send(connect.bytes()).refused(0x8C, 0x87);
  }

  @Statement(v5 = {"3.2.2-15"})
  @OnV5
  void aPacketBeyondTheAnnouncedMaximumEndsTheConnection(Lab lab) throws Exception {
    Peer peer = lab.open();
    long max = peer.connect(lab.client("c")).props().number(Props.MAX_PACKET);
    byte[] header = new Bytes().u8(0x30).varint((int) max).toArray();

    peer.send(Bytes.concat(header, new byte[64])).dropped(0x95);
  }
}
