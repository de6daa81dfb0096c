package io.fairlead.libp2p.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.ConnectionCode;
import io.fairlead.libp2p.mux.SessionEnd;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.mux.YamuxSettings;
import io.fairlead.libp2p.negotiate.Word;
import io.fairlead.libp2p.secure.HandshakeException;
import io.fairlead.libp2p.secure.WrongPeerException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two nodes over real sockets. */
class ConnectionTest {
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : opened) each.close();
  }

  private Node node(String... securities) {
    return node(UpgradeSettings.DEFAULTS, securities);
  }

  private Node node(UpgradeSettings settings, String... securities) {
    Node node =
        new Node(
            securities.length == 0 ? List.of("/noise") : List.of(securities),
            settings,
            Transport.WebSocketTls.NONE);
    opened.add(node);
    return node;
  }

  private record Pair(Node a, Node b, PeerConnection ab, PeerConnection ba) {}

  private Pair pair() throws Exception {
    return pair(node(), node(), "");
  }

  private static Pair pair(Node a, Node b, String suffix) throws Exception {
    PeerConnection ab = a.dial(b.listen(suffix), b.id());
    return new Pair(a, b, ab, b.nextAccepted());
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"/noise, ''", "/tls/1.0.0, ''", "/noise, /ws", "/tls/1.0.0, /ws"})
  void bothSidesKnowEachOtherAndStreamsCarryBytesBothWays(String security, String suffix)
      throws Exception {
    Pair pair = pair(node(security), node(security), suffix);
    assertThat(pair.ab.remote()).isEqualTo(pair.b.id());
    assertThat(pair.ba.remote()).isEqualTo(pair.a.id());
    assertThat(pair.ab.security()).isEqualTo(security);
    assertThat(pair.ba.remoteAddress().toString())
        .startsWith("/ip4/127.0.0.1/tcp/")
        .endsWith(suffix);
    pair.a.protocols.put("/echo", Echo::on);
    pair.b.protocols.put("/echo", Echo::on);
    for (PeerConnection from : List.of(pair.ab, pair.ba)) {
      Inbox inbox = new Inbox();
      StreamChannel stream = Node.get(from.open(List.of("/none", "/echo"), inbox));
      assertThat(stream.protocol()).isEqualTo("/echo");
      stream.writeAndFlush(text("hello "));
      stream.writeAndFlush(text("world"));
      stream.shutdownOutput();
      assertThat(Node.get(inbox.whole)).isEqualTo("hello world");
      assertThat(Node.get(inbox.gone)).isEmpty();
    }
    await().until(() -> pair.ab.streams() == 0 && pair.ba.streams() == 0);
    await().until(() -> pair.ab.roundTrip().isPresent());
  }

  @Test
  void theSidesAgreeOnTheSecurityThatBothHave() throws Exception {
    Pair pair = pair(node("/noise", "/tls/1.0.0"), node("/tls/1.0.0"), "");
    assertThat(pair.ab.security()).isEqualTo("/tls/1.0.0");
  }

  @Test
  void sidesWithoutCommonSecurityDoNotConnect() throws Exception {
    Node a = node("/noise");
    Multiaddr address = node("/tls/1.0.0").listen("");
    assertThatThrownBy(() -> a.dial(address, null))
        .cause()
        .isInstanceOfSatisfying(
            UpgradeException.class,
            e -> assertThat(e.reason()).isEqualTo(UpgradeException.Reason.NO_SECURITY));
  }

  @ParameterizedTest
  @CsvSource({"/noise", "/tls/1.0.0"})
  void anotherPeerThanExpectedIsRefusedByName(String security) throws Exception {
    Node a = node(security);
    Node b = node(security);
    Multiaddr address = b.listen("");
    var expected = PrivateKey.generate().peerId();
    assertThatThrownBy(() -> a.dial(address, expected))
        .cause()
        .hasCauseInstanceOf(HandshakeException.class)
        .cause()
        .isInstanceOfSatisfying(
            WrongPeerException.class, e -> assertThat(e.actual()).isEqualTo(b.id()));
    assertThat(a.count("libp2p.upgrades.failed", "reason", "handshake")).isEqualTo(1);
  }

  @Test
  void aPeerThatSaysNothingIsClosedInTime() throws Exception {
    Node b = node(UpgradeSettings.DEFAULTS.withUpgrades(Duration.ofMillis(200), 8), "/noise");
    Multiaddr address = b.listen("");
    try (Socket socket = new Socket("127.0.0.1", port(address))) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(b.count("libp2p.upgrades.failed", "reason", "timed_out")).isEqualTo(1);
  }

  @Test
  void upgradesBeyondTheBoundAreClosedAtOnce() throws Exception {
    Node b = node(UpgradeSettings.DEFAULTS.withUpgrades(Duration.ofSeconds(30), 1), "/noise");
    int port = port(b.listen(""));
    try (Socket first = new Socket("127.0.0.1", port);
        Socket second = new Socket("127.0.0.1", port)) {
      assertThat(second.getInputStream().read()).isEqualTo(-1);
      assertThat(first.isConnected()).isTrue();
      assertThat(b.count("libp2p.upgrades.failed", "reason", "busy")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"''", "/ws"})
  void garbageIsNoUpgrade(String suffix) throws Exception {
    Node b = node();
    int port = port(b.listen(suffix));
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".repeat(20).getBytes(UTF_8));
      socket.setSoTimeout(5000);
      try {
        while (socket.getInputStream().read() >= 0) {
          // an answer, perhaps, but no connection
        }
      } catch (java.net.SocketException reset) {
        assertThat(reset).isNotInstanceOf(java.net.SocketTimeoutException.class);
      }
    }
    assertThat(b.accepted).isEmpty();
  }

  private static int port(Multiaddr address) {
    return SocketAddresses.socket(address).orElseThrow().getPort();
  }

  @Test
  void aProtocolThatNobodySpeaksIsRefusedAndTheConnectionGoesOn() throws Exception {
    Pair pair = pair();
    assertThatThrownBy(() -> Node.get(pair.ab.open(List.of("/x", "/y"), new Inbox())))
        .cause()
        .isInstanceOfSatisfying(
            StreamOpenException.class,
            e -> assertThat(e.reason()).isEqualTo(StreamOpenException.Reason.UNKNOWN_PROTOCOL));
    assertThat(pair.ab.isOpen()).isTrue();
    await().until(() -> pair.ba.streams() == 0);
  }

  @Test
  void knownProtocolsNeedNoRoundTripAndUnknownOnesEndTheStream() throws Exception {
    Pair pair = pair();
    pair.b.protocols.put("/echo", Echo::on);
    Inbox inbox = new Inbox();
    StreamChannel stream = Node.get(pair.ab.openKnown("/echo", s -> s.pipeline().addLast(inbox)));
    stream.writeAndFlush(text("at once"));
    stream.shutdownOutput();
    assertThat(Node.get(inbox.whole)).isEqualTo("at once");

    pair.ab.learned(List.of("/wrong", "/echo"));
    Inbox wrong = new Inbox();
    Node.get(pair.ab.openKnown("/wrong", s -> s.pipeline().addLast(wrong)));
    assertThat(Node.get(wrong.gone).orElseThrow().code()).isEqualTo(StreamCode.NEGOTIATION_FAILED);
    assertThat(pair.ab.knows("/wrong")).isFalse();
    assertThat(pair.ab.knows("/echo")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aKnownProtocolIsProposedEvenWhereNothingIsWritten(boolean halfOnly) throws Exception {
    Pair pair = pair();
    Inbox theirs = new Inbox();
    pair.b.protocols.put("/p", s -> s.pipeline().addLast(theirs));
    StreamChannel stream = Node.get(pair.ab.openKnown("/p", _ -> {}));
    if (halfOnly) stream.shutdownOutput();
    else stream.close();
    assertThat(Node.get(theirs.whole)).isEmpty();
  }

  @Test
  void aResetArrivesWithItsCode() throws Exception {
    Pair pair = pair();
    Inbox theirs = new Inbox();
    pair.b.protocols.put("/p", s -> s.pipeline().addLast(theirs));
    Inbox ours = new Inbox();
    StreamChannel stream = Node.get(pair.ab.open(List.of("/p"), ours));
    stream.writeAndFlush(text("x")).sync();
    stream.reset(StreamCode.GATED).sync();
    assertThat(Node.get(theirs.gone)).contains(new StreamReset(StreamCode.GATED, true));
    assertThat(Node.get(ours.gone)).isEmpty();
  }

  @Test
  void closingWithBytesThatCouldNotBeSentIsAReset() throws Exception {
    Pair pair = pair();
    Inbox theirs = new Inbox();
    AtomicReference<StreamChannel> sleeper = new AtomicReference<>();
    pair.b.protocols.put(
        "/p",
        s -> {
          s.config().setAutoRead(false);
          s.pipeline().addLast(theirs);
          sleeper.set(s);
        });
    StreamChannel stream = Node.get(pair.ab.open(List.of("/p"), new Inbox()));
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1 << 20]));
    await().untilAtomic(sleeper, org.hamcrest.Matchers.notNullValue());
    await().until(() -> stream.bytesBeforeWritable() > 0);
    stream.close();
    assertThat(Node.get(theirs.gone)).isPresent();
  }

  @Test
  void aThousandStreamsAtOnceEchoTheirOwnBytes() throws Exception {
    Pair pair = pair();
    pair.b.protocols.put("/echo", Echo::on);
    List<Inbox> inboxes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Inbox inbox = new Inbox();
      inboxes.add(inbox);
      String word = "stream " + i;
      pair.ab
          .open(List.of("/echo"), inbox)
          .whenComplete(
              (stream, failure) -> {
                if (failure != null) {
                  inbox.whole.completeExceptionally(failure);
                  return;
                }
                stream.writeAndFlush(text(word.repeat(500)));
                stream.shutdownOutput();
              });
    }
    for (int i = 0; i < inboxes.size(); i++)
      assertThat(Node.get(inboxes.get(i).whole)).isEqualTo(("stream " + i).repeat(500));
    await().until(() -> pair.ab.streams() == 0 && pair.ba.streams() == 0);
  }

  @ParameterizedTest
  @CsvSource({"/noise", "/tls/1.0.0"})
  void bulkGrowsTheWindowAndArrivesWhole(String security) throws Exception {
    Pair pair = pair(node(security), node(security), "");
    Inbox theirs = new Inbox();
    pair.b.protocols.put(
        "/sink",
        s -> {
          s.pipeline().addLast(theirs);
          theirs.whole.thenRun(s::shutdownOutput);
        });
    StreamChannel stream = Node.get(pair.ab.open(List.of("/sink"), new Inbox()));
    long total = 64L << 20;
    ByteBuf chunk = Unpooled.wrappedBuffer(new byte[64 * 1024]);
    for (long sent = 0; sent < total; sent += chunk.readableBytes()) {
      var written = stream.writeAndFlush(chunk.retainedDuplicate());
      if (!stream.isWritable()) written.sync();
    }
    stream.shutdownOutput();
    Node.get(theirs.whole);
    assertThat(theirs.bytes).hasValue(total);
    await().until(() -> pair.b.budget.usedBytes() == 0);
  }

  @Test
  void aSleepingReaderHoldsOneWindowAndTheWriterNoMoreThanItsMark() throws Exception {
    Pair pair = pair();
    AtomicReference<StreamChannel> sleeper = new AtomicReference<>();
    Inbox theirs = new Inbox();
    pair.b.protocols.put(
        "/p",
        s -> {
          s.config().setAutoRead(false);
          s.pipeline().addLast(theirs);
          sleeper.set(s);
        });
    StreamChannel stream = Node.get(pair.ab.open(List.of("/p"), new Inbox()));
    int sent = 0;
    byte[] chunk = new byte[32 * 1024];
    while (sent < 64 << 20) {
      var written = stream.writeAndFlush(Unpooled.wrappedBuffer(chunk));
      sent += chunk.length;
      if (!stream.isWritable()) {
        if (!written.await(300)) break;
      }
    }
    assertThat(sent).isBetween(256 * 1024, 1 << 20);
    await()
        .untilAsserted(
            () -> assertThat(pair.b.budget.usedBytes()).isEqualTo(YamuxSettings.WINDOW_START));
    // Another stream is not held up by it.
    pair.b.protocols.put("/echo", Echo::on);
    Inbox inbox = new Inbox();
    StreamChannel other = Node.get(pair.ab.open(List.of("/echo"), inbox));
    other.writeAndFlush(text("still here"));
    other.shutdownOutput();
    assertThat(Node.get(inbox.whole)).isEqualTo("still here");
    sleeper.get().config().setAutoRead(true);
    int total = sent;
    await().untilAsserted(() -> assertThat(theirs.bytes).hasValue(total));
    stream.shutdownOutput();
    Node.get(theirs.whole);
  }

  @Test
  void closingAConnectionEndsItsStreamsAndTellsThePeerWhy() throws Exception {
    Pair pair = pair();
    pair.b.protocols.put("/echo", Echo::on);
    Inbox inbox = new Inbox();
    Node.get(pair.ab.open(List.of("/echo"), inbox));
    pair.ba.close(ConnectionCode.SHUTDOWN);
    assertThat(Node.get(pair.ab.closed()))
        .isEqualTo(new SessionEnd.PeerLeft(ConnectionCode.SHUTDOWN));
    assertThat(Node.get(inbox.gone)).isEmpty();
    assertThatThrownBy(() -> Node.get(pair.ab.open(List.of("/echo"), inbox)))
        .cause()
        .isInstanceOf(StreamOpenException.class);
    await().until(() -> !pair.ab.channel().isOpen());
  }

  @Test
  void aStreamThatIsNoLongerWantedIsReset() throws Exception {
    Pair pair = pair();
    Inbox theirs = new Inbox();
    pair.b.protocols.put("/p", s -> s.pipeline().addLast(theirs));
    // On the loop, so that the answer cannot be there yet.
    Runnable ask =
        () -> pair.ab.open(List.of("/p"), new Inbox()).toCompletableFuture().cancel(false);
    pair.ab.loop().submit(ask).sync();
    await().until(() -> pair.ab.streams() == 0 && pair.ba.streams() == 0);
  }

  @Test
  void dialsThatLoseAreClosed() throws Exception {
    Node a = node();
    Node b = node();
    Multiaddr address = b.listen("");
    var dial =
        a.transport
            .dial(address, b.id(), Duration.ofSeconds(5), Optional.empty())
            .toCompletableFuture();
    dial.cancel(false);
    await()
        .untilAsserted(
            () ->
                assertThat(
                        a.registry.get("fairlead.libp2p.connections").gauge().value()
                            + b.registry.get("fairlead.libp2p.upgrades").gauge().value())
                    .isZero());
    await().until(() -> b.accepted.stream().noneMatch(PeerConnection::isOpen));
  }

  @Test
  void aDeadPortIsAFailure() throws Exception {
    Node a = node();
    Node b = node();
    Multiaddr address = b.listen("");
    b.stopListening();
    assertThatThrownBy(() -> a.dial(address, null)).isInstanceOf(ExecutionException.class);
  }

  @Test
  void addressesOfOtherTransportsAreNotDialled() throws Exception {
    Node a = node();
    for (String text :
        List.of("/ip4/1.2.3.4/udp/4001/quic-v1", "/dns4/a.b/tcp/1", "/ip4/1.2.3.4/tcp/1/tls/ws"))
      assertThat(a.transport.dials(Multiaddr.parse(text))).isFalse();
    assertThat(a.transport.dials(Multiaddr.parse("/ip4/1.2.3.4/tcp/1/ws/p2p/" + a.id()))).isTrue();
    assertThatThrownBy(() -> a.dial(Multiaddr.parse("/dns4/a.b/tcp/1"), null))
        .hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readingOneByOneWithAutoReadOff() throws Exception {
    Pair pair = pair();
    AtomicReference<StreamChannel> reader = new AtomicReference<>();
    Inbox theirs = new Inbox();
    pair.b.protocols.put(
        "/p",
        s -> {
          s.config().setAutoRead(false);
          s.pipeline().addLast(theirs);
          reader.set(s);
        });
    StreamChannel stream = Node.get(pair.ab.openKnown("/p", _ -> {}));
    stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[20_000]));
    stream.shutdownOutput();
    await().untilAtomic(reader, org.hamcrest.Matchers.notNullValue());
    assertThat(theirs.bytes).hasValue(0);
    for (int i = 0; i < 10 && !theirs.whole.isDone(); i++) reader.get().read();
    await().until(theirs.whole::isDone);
    assertThat(theirs.bytes).hasValue(20_000);
  }

  @Test
  void memoryOfAConnectionIsBoundedAndItsStreamsBeyondAreReset() throws Exception {
    Node a = node();
    Node b =
        node(
            UpgradeSettings.DEFAULTS.withYamux(
                YamuxSettings.DEFAULTS.withWindows(1 << 20, new ByteSize(1 << 20))),
            "/noise");
    Pair pair = pair(a, b, "");
    b.protocols.put(
        "/p",
        s -> {
          s.config().setAutoRead(false);
          s.pipeline().addLast(new ChannelInboundHandlerAdapter());
        });
    List<Inbox> inboxes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Inbox inbox = new Inbox();
      inboxes.add(inbox);
      Node.get(pair.ab.open(List.of("/p"), inbox))
          .writeAndFlush(Unpooled.wrappedBuffer(new byte[256 * 1024]));
    }
    await().until(() -> inboxes.stream().filter(i -> i.gone.isDone()).count() >= 4);
    assertThat(b.budget.usedBytes()).isLessThanOrEqualTo(1 << 20);
    assertThat(pair.ab.isOpen()).isTrue();
  }

  /** A peer may speak first, and its first word must not be lost. */
  @Test
  void aHeaderThatComesWithTheConnectionIsNotLost() throws Exception {
    Node a = node();
    try (ServerSocket server = new ServerSocket(0)) {
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = 0; i < 50; i++) {
                  try {
                    Socket socket = server.accept();
                    ByteBuf words = Unpooled.buffer();
                    Word.write(words, "/multistream/1.0.0");
                    socket.getOutputStream().write(words.array(), 0, words.readableBytes());
                    words.clear();
                    Word.write(words, "na");
                    socket.getOutputStream().write(words.array(), 0, words.readableBytes());
                  } catch (IOException closed) {
                    return;
                  }
                }
              });
      Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/tcp/" + server.getLocalPort());
      for (int i = 0; i < 50; i++)
        assertThatThrownBy(() -> a.dial(address, null))
            .cause()
            .isInstanceOfSatisfying(
                UpgradeException.class,
                e -> assertThat(e.reason()).isEqualTo(UpgradeException.Reason.NO_SECURITY));
    }
  }

  @Test
  void failuresSayWhatFailed() {
    assertThat(new UpgradeException(UpgradeException.Reason.NO_MUXER, null))
        .hasMessage("upgrade: no_muxer");
    assertThat(new CompletionException(new UpgradeException(UpgradeException.Reason.BUSY, null)))
        .hasMessageContaining("busy");
  }
}
