package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

/** A broker that was told to do less says so, and refuses the rest. */
class MqttReducedIT {
  @Statement(v5 = {"3.2.2-9"})
  @OnV5
  void whatIsMissingIsAnnounced(Lab lab) throws Exception {
    Props props = lab.open(lab.brokers().reduced()).connect(lab.client("c").keepAlive(60)).props();

    assertThat(props.number(Props.MAX_QOS)).isZero();
    assertThat(props.number(Props.RETAIN_AVAILABLE)).isZero();
    assertThat(props.number(Props.WILDCARD_AVAILABLE)).isZero();
    assertThat(props.number(Props.SHARED_AVAILABLE)).isZero();
    assertThat(props.number(Props.IDS_AVAILABLE)).isZero();
    assertThat(props.number(Props.SERVER_KEEP_ALIVE)).isEqualTo(5);
    Props usual = lab.open().connect(lab.client("c")).props();
    for (int id :
        new int[] {
          Props.MAX_QOS,
          Props.RETAIN_AVAILABLE,
          Props.WILDCARD_AVAILABLE,
          Props.SHARED_AVAILABLE,
          Props.IDS_AVAILABLE
        }) {
      // Present means 1, absent means 1.
      assertThat(usual.find(id).map(Props.Prop::number).orElse(1L)).isOne();
    }
  }

  @Statement(v5 = {"3.2.2-10"})
  @OnV5
  void anyQosMayBeAskedFor(Lab lab) throws Exception {
    Peer peer = reduced(lab);
    for (int qos = 0; qos < 3; qos++) {
      peer.send(Frames.subscribe(Version.V5, 1, lab.topic("a"), qos));
      assertThat(peer.next(Packet.SUBACK).code()).isLessThanOrEqualTo(qos);
    }
  }

  @Statement(v5 = {"3.2.2-11"})
  @OnV5
  void aHigherQosEndsTheConnection(Lab lab) throws Exception {
    for (int qos = 1; qos < 3; qos++)
      reduced(lab).send(Frames.publish(Version.V5, lab.topic("a"), "x", qos, 1)).dropped(0x9B);
  }

  @Statement(v5 = {"3.2.2-12"})
  @OnV5
  void aWillOfHigherQosIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().reduced());
    peer.send(lab.client("c").will("w", "x", 1, false).bytes()).refused(0x9B);
  }

  @Statement(v5 = {"3.2.2-13"})
  @OnV5
  void aRetainedWillIsRefused(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().reduced());
    peer.send(lab.client("c").will("w", "x", 0, true).bytes()).refused(0x9A);
  }

  @Statement(v5 = {"3.2.2-14"})
  @OnV5
  void aRetainedMessageEndsTheConnection(Lab lab) throws Exception {
    reduced(lab).send(Frames.retained(Version.V5, lab.topic("a"), "x", 0, 0)).dropped(0x9A);
  }

  @Statement(v5 = {"3.2.2-18"})
  @OnV5
  void anAliasEndsTheConnection(Lab lab) throws Exception {
    Props alias = Props.none().u16(Props.ALIAS, 1);

    reduced(lab).send(Frames.publish(lab.topic("a"), "x", 0, 0, alias)).dropped(0x94);
  }

  @OnV5
  void wildcardsSharesAndIdentifiersAreRefused(Lab lab) throws Exception {
    refused(reduced(lab).send(Frames.subscribe(Version.V5, 1, lab.topic("#"), 0)), 0xA2);
    refused(reduced(lab).send(Frames.subscribe(Version.V5, 1, "$share/g/a", 0)), 0x9E);
    Props id = Props.none().varint(Props.SUBSCRIPTION_ID, 1);
    refused(reduced(lab).send(Frames.subscribe(Version.V5, 1, id, "a", 0)), 0xA1);
  }

  private static void refused(Peer peer, int code) throws Exception {
    Packet answer = peer.next();
    assertThat(answer.type()).isIn(Packet.SUBACK, Packet.DISCONNECT);
    assertThat(answer.code()).isEqualTo(code);
  }

  @Statement(v3 = {"3.8.3-2"})
  @OnV3
  void everyFilterWithAWildcardFails(Lab lab) throws Exception {
    Peer peer = reduced(lab);
    peer.send(Frames.subscribe(Version.V3, 1, "a/+", 0, "a", 0, "#", 0));

    assertThat(peer.next(Packet.SUBACK).codes()).containsExactly(0x80, 0, 0x80);
  }

  private static Peer reduced(Lab lab) throws Exception {
    Peer peer = lab.open(lab.brokers().reduced());
    peer.connect(lab.client("c"));
    return peer;
  }
}
