package io.fairlead.libp2p.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.mux.YamuxSettings;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a peer may make us wait for and keep. */
class PeerPatienceTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final Node b = new Node();
  private Node a = new Node();

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private void openingWithin(Duration time) {
    a.close();
    UpgradeSettings usual = UpgradeSettings.DEFAULTS;
    a =
        new Node(
            List.of("/noise"),
            new UpgradeSettings(
                usual.inboundTimeout(),
                usual.outboundTimeout(),
                usual.inboundMax(),
                usual.negotiateTimeout(),
                time,
                usual.yamux()),
            Transport.WebSocketTls.NONE);
  }

  @Test
  void aStreamOpenedAheadEndsWhenThePeerSaysNothingOfIt() throws Exception {
    openingWithin(Duration.ofMillis(300));
    PeerConnection connection = a.dial(b.listen(""), b.id());
    connection.learned(List.of("/silent"));
    PeerConnection theirs = b.nextAccepted();
    theirs.loop().submit(() -> theirs.channel().config().setAutoRead(false)).sync();
    Inbox inbox = new Inbox();
    StreamChannel stream =
        Node.get(connection.openKnown("/silent", s -> s.pipeline().addLast(inbox)));
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]));
    assertThat(Node.get(inbox.gone).orElseThrow().code()).isEqualTo(StreamCode.NEGOTIATION_FAILED);
    // Slow is not wrong: the peer is still believed to speak it.
    assertThat(connection.knows("/silent")).isTrue();
    await().atMost(WITHIN).until(() -> connection.streams() == 0);
  }

  @Test
  void aStreamOpenedAheadLivesOnWhenItWasAnswered() throws Exception {
    openingWithin(Duration.ofMillis(300));
    b.protocols.put("/echo", Echo::on);
    PeerConnection connection = a.dial(b.listen(""), b.id());
    Inbox inbox = new Inbox();
    StreamChannel stream =
        Node.get(connection.openKnown("/echo", s -> s.pipeline().addLast(inbox)));
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]));
    await().atMost(WITHIN).until(() -> inbox.bytes.get() == 100);
    // A stream that is asked later, and never answered, ends; this one does not with it.
    PeerConnection theirs = b.nextAccepted();
    theirs.loop().submit(() -> theirs.channel().config().setAutoRead(false)).sync();
    Inbox unanswered = new Inbox();
    Node.get(connection.openKnown("/echo", s -> s.pipeline().addLast(unanswered)));
    assertThat(Node.get(unanswered.gone)).isPresent();
    assertThat(stream.isOpen()).isTrue();
  }

  /** Several connections of a peer are one peer. */
  @Test
  void allConnectionsOfAPeerShareOneBoundOfMemory() throws Exception {
    b.budget.limit(new ByteSize(64 << 20), new ByteSize(1 << 20));
    b.protocols.put(
        "/p",
        s -> {
          s.config().setAutoRead(false);
          s.pipeline().addLast(new ChannelInboundHandlerAdapter());
        });
    Multiaddr at = b.listen("");
    List<PeerConnection> both = List.of(a.dial(at, b.id()), a.dial(at, b.id()));
    assertThat(b.budget.shares()).isEqualTo(1);
    WindowBudget share = b.budget.share(a.id());
    b.budget.leave(a.id());
    List<Inbox> inboxes = new java.util.ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Inbox inbox = new Inbox();
      inboxes.add(inbox);
      Node.get(both.get(i % 2).open(List.of("/p"), inbox))
          .writeAndFlush(Unpooled.wrappedBuffer(new byte[YamuxSettings.WINDOW_START]));
    }
    await()
        .atMost(WITHIN)
        .until(() -> inboxes.stream().filter(inbox -> inbox.gone.isDone()).count() >= 8);
    assertThat(share.usedBytes()).isLessThanOrEqualTo(1 << 20).isGreaterThan(512 << 10);
    assertThat(b.budget.usedBytes()).isEqualTo(share.usedBytes());
    // Another peer is not touched by it.
    try (Node c = new Node()) {
      Inbox inbox = new Inbox();
      Node.get(c.dial(at, b.id()).open(List.of("/p"), inbox))
          .writeAndFlush(Unpooled.wrappedBuffer(new byte[YamuxSettings.WINDOW_START]));
      await()
          .atMost(WITHIN)
          .until(() -> b.budget.usedBytes() >= share.usedBytes() + YamuxSettings.WINDOW_START / 2);
      assertThat(inbox.gone).isNotDone();
    }
    both.forEach(each -> each.close(0));
    await().atMost(WITHIN).until(() -> b.budget.usedBytes() == 0 && b.budget.shares() == 0);
  }
}
