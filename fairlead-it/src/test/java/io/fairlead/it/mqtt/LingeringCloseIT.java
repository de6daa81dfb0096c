package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A connection that ends for an error is not cut under its last word: a close with unread bytes
 * would be a reset, and the client would never know why.
 */
class LingeringCloseIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String IDLE_FLAGS = "C1 00"; // a PINGREQ with a flag that is reserved

  private final EmbeddedBroker broker = EmbeddedBroker.start("", builder -> builder);

  @AfterEach
  void stop() {
    broker.close();
  }

  private Peer join(Transport transport) throws IOException {
    RawClient tcp = RawClient.connect(broker.port(transport)).timeout(SOON);
    Link link = transport == Transport.TCP ? new Link.Plain(tcp) : WsLink.open(tcp, "/mqtt");
    Peer peer = new Peer(link, Version.V5);
    peer.connect(Connect.of(Version.V5, "c"));
    return peer;
  }

  @Test
  void whoIsStillSendingReadsTheReasonAndAnEnd() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Peer peer = join(Transport.TCP)) {
        peer.send(new Bytes().raw(Bytes.hex(IDLE_FLAGS)).raw(new byte[150_000]).toArray());
        assertThat(peer.next(Packet.DISCONNECT).code()).isEqualTo(0x81);
        // Still there to throw away what comes.
        peer.send(new byte[50_000]);
        assertThat(peer.link().tcp().awaitEnd()).isEqualTo(RawClient.End.EOF);
      }
    }
    await().atMost(SOON).until(() -> broker.connections() == 0);
  }

  @Test
  void aRefusedConnectIsAnsweredToo() throws Exception {
    RawClient tcp = RawClient.connect(broker.port(Transport.TCP)).timeout(SOON);
    try (Peer peer = new Peer(new Link.Plain(tcp), Version.V5)) {
      byte[] bad = Bytes.hex("10 10 00 04 4D 51 54 54 05 1E 00 3C 00 00 03 61 62 63"); // will QoS 3
      peer.send(new Bytes().raw(bad).raw(new byte[100_000]).toArray());
      assertThat(peer.next(Packet.CONNACK).code()).isEqualTo(0x81);
      assertThat(tcp.awaitEnd()).isEqualTo(RawClient.End.EOF);
    }
  }

  @Test
  void whoNeverStopsSendingIsCut() throws Exception {
    try (Peer peer = join(Transport.TCP)) {
      peer.send(IDLE_FLAGS);
      byte[] more = new byte[16 * 1024];
      long sent = 0;
      boolean cut = false;
      // What the kernel takes on both sides is sent, too; without a bound this would go on.
      while (!cut && sent < 64L * 1024 * 1024) {
        try {
          peer.send(more);
          sent += more.length;
        } catch (IOException broken) {
          cut = true;
        }
      }
      assertThat(cut).as("cut after %d bytes", sent).isTrue();
    }
    await().atMost(SOON).until(() -> broker.connections() == 0);
  }
}
