package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Shared subscriptions. */
class MqttSharedIT {
  @Statement(v5 = {"4.8.2-1", "4.8.2-2"})
  @OnV5
  void aBadShareIsRefused(Lab lab) throws Exception {
    for (String filter :
        List.of("$share//a", "$share/g", "$share/g/", "$share/g+/a", "$share/#/a", "$share/")) {
      Peer peer = lab.join("c").send(Frames.subscribe(Version.V5, 1, filter, 0));
      MqttFramesIT.refusedFilter(lab, peer, 0x8F);
    }
  }

  @Statement(v5 = {"3.8.3-4"})
  @OnV5
  void noLocalOnASharedFilterEndsTheConnection(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");

    lab.join("c").send(Frames.subscribe(Version.V5, 1, filter, 4)).dropped(0x82);
  }

  @Statement(v5 = {"4.8.2-3"})
  @OnV5
  void eachMemberGetsWhatItWasGranted(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer zero = lab.join("m0").subscribe(filter, 0);
    Peer one = lab.join("m1").subscribe(filter, 1);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 10; i++) publisher.publish(lab.topic("a"), "n" + i, 1);
    List<String> received = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Packet a = zero.message();
      Packet b = one.message();
      assertThat(a.qos()).isZero();
      assertThat(b.qos()).isEqualTo(1);
      received.add(a.text());
      received.add(b.text());
    }

    assertThat(received).hasSize(10).doesNotHaveDuplicates();
    zero.ping();
    one.ping();
  }

  @Statement(v5 = {"4.8.2-4"})
  @OnV5
  void anInterruptedQos2DeliveryIsCompletedToTheSameClient(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer first = lab.join(lab.client("m").persistent()).subscribe(filter, 2);
    Peer publisher = lab.join("p").publish(lab.topic("a"), "sent", 2);
    Packet sent = first.next(Packet.PUBLISH);
    publisher.publish(lab.topic("a"), "released", 2);
    Packet released = first.next(Packet.PUBLISH);
    first.send(Frames.pubrec(released.id())).next(Packet.PUBREL);
    Peer other = lab.join("o").subscribe(filter, 2);
    first.crash();

    Peer back = lab.join(lab.client("m").persistent());
    Packet again = back.next();
    Packet release = back.next();
    assertThat(again.type()).isEqualTo(Packet.PUBLISH);
    assertThat(again.id()).isEqualTo(sent.id());
    assertThat(again.dup()).isTrue();
    assertThat(release.type()).isEqualTo(Packet.PUBREL);
    assertThat(release.id()).isEqualTo(released.id());
    other.ping();
  }

  @Statement(v5 = {"4.8.2-5"})
  @OnV5
  void aBegunQos2DeliveryDiesWithItsSession(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer first = lab.join("m").subscribe(filter, 2);
    lab.join("p").publish(lab.topic("a"), "x", 2);
    first.next(Packet.PUBLISH);
    Peer other = lab.join("o").subscribe(filter, 2);
    first.disconnect();

    other.silent(Duration.ofMillis(300));
    lab.join("q").publish(lab.topic("a"), "next", 2);
    other.message("next");
  }

  @Statement(v5 = {"4.8.2-6"})
  @OnV5
  void aRefusedMessageGoesToNobodyElse(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer member = lab.join("m").subscribe(filter, 2);
    Peer publisher = lab.join("p");
    publisher.publish(lab.topic("a"), "1", 1).publish(lab.topic("a"), "2", 2);
    Packet one = member.next(Packet.PUBLISH);
    Packet two = member.next(Packet.PUBLISH);
    Peer other = lab.join("o").subscribe(filter, 2);
    member.send(Frames.ackWith(0x40, one.id(), 0x80), Frames.ackWith(0x50, two.id(), 0x80)).ping();

    other.silent(Duration.ofMillis(200));
    member.disconnect();
    other.silent(Duration.ofMillis(200));
  }

  @OnV5
  void anUnacknowledgedQos1MessageGoesToAnotherMember(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer first = lab.join("m").subscribe(filter, 1);
    lab.join("p").publish(lab.topic("a"), "x", 1);
    first.next(Packet.PUBLISH);
    Peer other = lab.join("o").subscribe(filter, 1);
    first.crash();

    other.message("x");
  }

  @OnBoth
  void membersOfAllVersionsShare(Lab lab) throws Exception {
    String filter = "$share/g/" + lab.topic("a");
    Peer one = lab.join("m1").subscribe(filter, 0);
    Peer two = lab.join("m2").subscribe(filter, 0);
    Peer publisher = lab.join("p");
    for (int i = 0; i < 4; i++) publisher.publish(lab.topic("a"), "n" + i, 0);

    List<String> received = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      received.add(one.message().text());
      received.add(two.message().text());
    }
    assertThat(received).containsExactlyInAnyOrder("n0", "n1", "n2", "n3");
  }
}
