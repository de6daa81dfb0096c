package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Who may connect, and what they may do. */
class MqttAuthIT {
  private static final String METHOD = "SCRAM-SHA-256";

  @Statement(v3 = {"3.2.2-4", "3.2.2-5", "3.1.4-5"})
  @OnV3
  void aBadPasswordIsRefusedWithCode4(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    peer.send(lab.client("c").resume().user("ann").password("wrong").bytes());

    assertThat(peer.hex(4)).isEqualTo("20 02 00 04");
    peer.eof();
  }

  @Statement(v5 = {"3.1.4-2", "3.2.2-6", "3.2.2-7"})
  @OnV5
  void aBadPasswordIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    peer.send(lab.client("c").resume().user("ann").password("wrong").bytes());

    peer.refused(0x86, 0x87);
  }

  @Statement(
      v3 = {"3.2.2-4"},
      v5 = {"3.2.2-6"})
  @OnBoth
  void aRefusalSaysNothingOfAStoredSession(Lab lab) throws Exception {
    Connect right = lab.client("c").persistent().user("ann").password("secret");
    Peer stored = lab.open(lab.brokers().guarded());
    stored.connect(right);
    stored.disconnect();
    Connect wrong = lab.client("c").persistent().user("ann").password("wrong");
    Peer refused = lab.open(lab.brokers().guarded()).send(wrong.bytes());
    Packet connack = refused.next(Packet.CONNACK);

    assertThat(connack.code()).isNotZero();
    assertThat(connack.sessionPresent()).isFalse();
    refused.eof();
    assertThat(lab.open(lab.brokers().guarded()).connect(right).sessionPresent()).isTrue();
  }

  @Statement(v3 = {"3.3.5-2", "3.2.2-6"})
  @OnV3
  void aForbiddenMessageIsNotDelivered(Lab lab) throws Exception {
    Peer watcher = guest(lab, "w").subscribe("+/" + lab.name("x"), 0);
    Peer publisher = guest(lab, "p");
    publisher.send(Frames.publish(Version.V3, "denied/" + lab.name("x"), "no", 1, 5));
    try {
      assertThat(publisher.next(Packet.PUBACK).id()).isEqualTo(5);
    } catch (java.io.EOFException closed) {
      // The other answer that is allowed.
    }
    guest(lab, "q").publish("allowed/" + lab.name("x"), "yes", 0);
    watcher.message("yes");
  }

  @Statement(v5 = {"4.3.3-9", "3.4.2-1", "3.5.2-1"})
  @OnV5
  void aForbiddenMessageIsRefusedAndItsIdentifierIsFree(Lab lab) throws Exception {
    Peer watcher = guest(lab, "w").subscribe("+/" + lab.name("x"), 2);
    Peer publisher = guest(lab, "p");
    String denied = "denied/" + lab.name("x");
    publisher.send(Frames.publish(Version.V5, denied, "no", 1, 7));
    assertThat(publisher.next(Packet.PUBACK).code()).isEqualTo(0x87);
    publisher.send(Frames.publish(Version.V5, denied, "no", 2, 7));
    assertThat(publisher.next(Packet.PUBREC).code()).isEqualTo(0x87);
    publisher.send(Frames.publish(Version.V5, "allowed/" + lab.name("x"), "yes", 2, 7));
    assertThat(publisher.next(Packet.PUBREC).code()).isZero();

    watcher.message("yes");
  }

  @Statement(v5 = {"3.9.2-1", "3.9.2-2", "3.1.2-29"})
  @OnV5
  void aForbiddenFilterIsRefusedBriefly(Lab lab) throws Exception {
    for (Props props :
        List.of(
            Props.none().u8(Props.REQUEST_PROBLEM, 0), Props.none().u32(Props.MAX_PACKET, 20))) {
      Peer peer = lab.open(lab.brokers().guarded());
      peer.connect(lab.client("c").user("ann").password("secret").props(props));
      peer.send(Frames.subscribe(Version.V5, 1, "denied/x", 0));
      Packet suback = peer.next(Packet.SUBACK);
      assertThat(suback.codes()).containsExactly(0x87);
      assertThat(suback.props().has(Props.REASON)).isFalse();
      assertThat(suback.size()).isLessThanOrEqualTo(20);
    }
  }

  @Statement(v3 = {"3.8.4-5", "3.9.3-2"})
  @OnV3
  void aForbiddenFilterFailsAlone(Lab lab) throws Exception {
    Peer peer = guest(lab, "c");
    peer.send(Frames.subscribe(Version.V3, 1, "a", 1, "denied/x", 1, "b", 0));

    assertThat(peer.next(Packet.SUBACK).codes()).containsExactly(1, 0x80, 0);
  }

  @Statement(v3 = {"4.8.0-2"})
  @OnBoth
  void aFaultInsideTheBrokerEndsThatConnectionOnly(Lab lab) throws Exception {
    Peer other = guest(lab, "o");
    Peer peer = guest(lab, "c");
    peer.send(Frames.publish(lab.version(), "fault/" + lab.name("x"), "x", 1, 1));

    if (lab.version().is5()) peer.endedBy(0x80, 0x83);
    else peer.eof();
    other.ping();
  }

  @Statement(
      v3 = {"3.1.3-9"},
      v5 = {"3.1.3-8"})
  @OnBoth
  void anIdThatTheBrokerDoesNotWantIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().named()).send(lab.client("c").bytes());
    Packet connack = peer.next(Packet.CONNACK);

    assertThat(connack.code()).isEqualTo(lab.version().is5() ? 0x85 : 2);
    peer.eof();
  }

  @OnBoth
  void aForbiddenWillIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    Connect connect = lab.client("c").user("ann").password("secret");
    peer.send(connect.will("denied/x", "gone", 0, false).bytes());

    Packet connack = peer.next(Packet.CONNACK);
    assertThat(connack.code()).isEqualTo(lab.version().is5() ? 0x87 : 5);
    peer.eof();
  }

  private static Peer guest(Lab lab, String name) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    peer.connect(lab.client(name).user("ann").password("secret"));
    return peer;
  }

  @Statement(v5 = {"4.12.0-2", "4.12.0-5", "3.15.2-1"})
  @OnV5
  void aProofLetsAClientIn(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    Packet connack = proven(lab, peer, "pencil");

    assertThat(connack.code()).isZero();
    assertThat(connack.props().text(Props.AUTH_METHOD)).isEqualTo(METHOD);
    assertThat(
            new String(
                connack.props().data(Props.AUTH_DATA), java.nio.charset.StandardCharsets.UTF_8))
        .startsWith("v=");
    peer.ping();
  }

  private static Packet proven(Lab lab, Peer peer, String password) throws Exception {
    peer.send(scram(lab).bytes());
    Packet challenge = peer.next(Packet.AUTH);
    assertThat(challenge.code()).isEqualTo(0x18);
    assertThat(challenge.props().text(Props.AUTH_METHOD)).isEqualTo(METHOD);
    byte[] proof = ScramProof.last(challenge.props().data(Props.AUTH_DATA), password);
    return peer.send(Frames.auth(0x18, METHOD, proof)).next();
  }

  private static Connect scram(Lab lab) {
    return lab.client("c")
        .props(
            Props.none().str(Props.AUTH_METHOD, METHOD).bin(Props.AUTH_DATA, ScramProof.first()));
  }

  @Statement(v5 = {"4.12.0-4", "3.14.0-1"})
  @OnV5
  void aWrongProofIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    Packet answer = proven(lab, peer, "pen");

    assertThat(answer.type()).isEqualTo(Packet.CONNACK);
    assertThat(answer.code()).isGreaterThanOrEqualTo(0x80);
    peer.eof();
  }

  @Statement(v5 = {"4.12.0-3", "4.12.0-5"})
  @OnV5
  void anAnswerOfAnotherKindIsRefused(Lab lab) throws Exception {
    for (byte[] answer :
        List.of(
            Frames.auth(0x19, METHOD, new byte[1]),
            Frames.auth(0x00, METHOD, new byte[1]),
            Frames.auth(0x18, "SCRAM-SHA-1", new byte[1]),
            Frames.auth(0x18, Props.none()))) {
      Peer peer = lab.open(lab.brokers().guarded()).send(scram(lab).bytes());
      peer.next(Packet.AUTH);
      peer.send(answer).refused(0x81, 0x82, 0x87, 0x8C);
    }
  }

  @Statement(v5 = {"3.1.2-30"})
  @OnV5
  void nothingButAuthIsTakenBeforeTheConnack(Lab lab) throws Exception {
    Peer watcher = guest(lab, "w").subscribe("a/" + lab.name("x"), 0);
    byte[] publish = Frames.publish(Version.V5, "a/" + lab.name("x"), "no", 0, 0);
    for (byte[] packet : List.of(publish, Frames.PINGREQ)) {
      Peer peer = lab.open(lab.brokers().guarded()).send(scram(lab).bytes());
      peer.next(Packet.AUTH);
      peer.send(packet).refused(0x81, 0x82);
    }

    guest(lab, "q").publish("a/" + lab.name("x"), "yes", 0);
    watcher.message("yes");
  }

  @Statement(v5 = {"3.15.2-1", "4.12.0-2"})
  @OnV5
  void aClientProvesItselfAgainWhileConnected(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    assertThat(proven(lab, peer, "pencil").code()).isZero();
    peer.send(Frames.auth(0x19, METHOD, ScramProof.first()));
    Packet challenge = peer.next(Packet.AUTH);
    assertThat(challenge.code()).isEqualTo(0x18);
    peer.ping();
    byte[] proof = ScramProof.last(challenge.props().data(Props.AUTH_DATA), "pencil");
    Packet end = peer.send(Frames.auth(0x18, METHOD, proof)).next(Packet.AUTH);

    assertThat(end.code()).isZero();
    assertThat(end.props().text(Props.AUTH_METHOD)).isEqualTo(METHOD);
    peer.ping();
  }

  @Statement(v5 = {"4.12.1-2"})
  @OnV5
  void aFailedSecondProofEndsTheConnection(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    assertThat(proven(lab, peer, "pencil").code()).isZero();
    Packet challenge = peer.send(Frames.auth(0x19, METHOD, ScramProof.first())).next(Packet.AUTH);
    byte[] proof = ScramProof.last(challenge.props().data(Props.AUTH_DATA), "wrong");

    peer.send(Frames.auth(0x18, METHOD, proof)).dropped(0x87);
  }

  @Statement(v5 = {"4.12.1-1", "4.12.0-5"})
  @OnV5
  void provingAgainKeepsToTheMethod(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().guarded());
    assertThat(proven(lab, peer, "pencil").code()).isZero();

    peer.send(Frames.auth(0x19, "SCRAM-SHA-1", new byte[1])).dropped(0x82, 0x8C);
  }

  @Statement(v5 = {"3.15.2-2", "3.15.2-3", "3.1.2-29"})
  @OnV5
  void anAuthExplainsNothing(Lab lab) throws Exception {
    Props props =
        Props.none()
            .str(Props.AUTH_METHOD, METHOD)
            .bin(Props.AUTH_DATA, ScramProof.first())
            .u8(Props.REQUEST_PROBLEM, 0);
    Peer peer = lab.open(lab.brokers().guarded()).send(lab.client("c").props(props).bytes());
    Packet challenge = peer.next(Packet.AUTH);

    assertThat(challenge.props().has(Props.REASON)).isFalse();
    assertThat(challenge.props().users()).isEmpty();
  }
}
