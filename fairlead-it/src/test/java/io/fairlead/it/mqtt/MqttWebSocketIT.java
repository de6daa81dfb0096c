package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** MQTT in WebSocket frames; the other tests run over them as well. */
class MqttWebSocketIT {
  @Statement(
      v3 = {"6.0.0-1"},
      v5 = {"6.0.0-1"})
  @OnBoth
  void aTextFrameEndsTheConnection(Lab lab) throws Exception {
    Peer peer = webSocket(lab);
    if (peer == null) return;
    peer.connect(lab.client("c"));
    WsLink link = (WsLink) peer.link();
    link.sendFrame(0x81, Frames.PINGREQ);

    assertThat(link.read()).isEqualTo(-1);
    assertThat(link.closeCode()).isIn(1003, -1);
    link.tcp().drainToEnd();
  }

  @Statement(
      v3 = {"6.0.0-1"},
      v5 = {"6.0.0-1"})
  @OnBoth
  void whatComesBehindATextFrameIsNotLookedAt(Lab lab) throws Exception {
    Peer peer = webSocket(lab);
    if (peer == null) return;
    Peer subscriber = lab.join("s").subscribe(lab.topic("t"), 0);
    peer.connect(lab.client("c"));
    byte[] behind = Frames.publish(lab.version(), lab.topic("t"), "behind", 0, 0);
    WsLink link = (WsLink) peer.link();
    for (int first : new int[] {0x81, 0x01}) { // also when it goes on in the next
      byte[] both =
          new Bytes()
              .raw(WsLink.frame(first, Bytes.utf8("text")))
              .raw(WsLink.frame(first == 1 ? 0x80 : 0x82, behind))
              .toArray();
      link.tcp().send(both);
      assertThat(link.read()).isEqualTo(-1);
      link.tcp().drainToEnd();
      peer = lab.open();
      peer.connect(lab.client("c"));
      link = (WsLink) peer.link();
    }
    lab.join("p").publish(lab.topic("t"), "in front", 1);
    subscriber.message("in front");
  }

  @OnBoth
  void aFrameOfWhoIsNotAcceptedIsNotCollected(Lab lab) throws Exception {
    Peer peer = webSocket(lab);
    if (peer == null) return;
    WsLink link = (WsLink) peer.link();
    byte[] frame = WsLink.frame(0x82, new byte[70_000]); // the bound is 64 KiB
    link.tcp().send(java.util.Arrays.copyOf(frame, 100));
    assertThat(link.read()).isEqualTo(-1);
    assertThat(link.closeCode()).isEqualTo(1009);
    link.tcp().drainToEnd();

    Peer accepted = lab.open();
    byte[] connect = lab.client("c").bytes();
    for (byte b : WsLink.frame(0x82, connect))
      ((WsLink) accepted.link()).tcp().send(new byte[] {b});
    assertThat(accepted.next(Packet.CONNACK).code()).isZero();
    accepted.exchange(
        Frames.publish(lab.version(), lab.topic("t"), "x".repeat(70_000), 1, 50_000), 1);
  }

  @Statement(
      v3 = {"6.0.0-2"},
      v5 = {"6.0.0-2"})
  @OnBoth
  void packetsAndFramesHaveNothingToDoWithEachOther(Lab lab) throws Exception {
    Peer slow = lab.open();
    for (byte b : lab.client("slow").bytes()) slow.send(new byte[] {b});
    assertThat(slow.next(Packet.CONNACK).code()).isZero();
    byte[] publish = Frames.publish(lab.version(), lab.topic("a"), "x", 1, 5);
    byte[] subscribe = Frames.subscribe(lab.version(), 6, lab.topic("a"), 1);
    slow.send(Bytes.concat(subscribe, Frames.PINGREQ, publish, Frames.PINGREQ));
    int[] types = new int[5];
    for (int i = 0; i < 5; i++) types[i] = slow.next().type();

    assertThat(types)
        .containsExactlyInAnyOrder(
            Packet.SUBACK, Packet.PINGRESP, Packet.PUBACK, Packet.PUBLISH, Packet.PINGRESP);
    if (!(slow.link() instanceof WsLink link)) return;
    // One packet in three frames of one fragmented message.
    byte[] ping = Frames.publish(lab.version(), lab.topic("b"), "y", 0, 0);
    link.sendFrame(0x02, new byte[] {ping[0]});
    link.sendFrame(0x00, new byte[] {ping[1]});
    link.sendFrame(0x80, java.util.Arrays.copyOfRange(ping, 2, ping.length));
    slow.send(Frames.puback(1)).ping();
  }

  @Statement(
      v3 = {"6.0.0-3", "6.0.0-4"},
      v5 = {"6.0.0-3", "6.0.0-4"})
  @OnBoth
  void theSubprotocolIsSelected(Lab lab) throws Exception {
    if (lab.transport() == Transport.TCP) return;
    try (RawClient tcp =
        RawClient.connect(lab.brokers().usual(Transport.WEBSOCKET).port(Transport.WEBSOCKET))) {
      String answer = WsLink.handshake(tcp, "/mqtt", "chat, mqtt").toLowerCase(Locale.ROOT);
      assertThat(answer).startsWith("http/1.1 101 ").contains("sec-websocket-protocol: mqtt\r\n");
    }
    for (String offer : new String[] {"chat", ""}) {
      try (RawClient tcp =
          RawClient.connect(lab.brokers().usual(Transport.WEBSOCKET).port(Transport.WEBSOCKET))) {
        assertThat(WsLink.handshake(tcp, "/mqtt", offer)).startsWith("HTTP/1.1 4");
      }
    }
  }

  private static @Nullable Peer webSocket(Lab lab) throws Exception {
    return lab.transport() == Transport.WEBSOCKET ? lab.open() : null;
  }
}
