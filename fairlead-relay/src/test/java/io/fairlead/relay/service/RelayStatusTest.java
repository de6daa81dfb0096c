package io.fairlead.relay.service;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.ResourceSettings;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.reservation.CircuitLimit;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a relay says of a circuit that cannot be, and what a node says to a relay. */
class RelayStatusTest {
  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private static byte[] message(InputStream in) throws IOException {
    int length = in.read();
    if (length >= 128) length = (length & 0x7f) | in.read() << 7;
    return in.readNBytes(length);
  }

  private static CircuitStatus connect(Node from, Node relay, PeerId target) throws Exception {
    get(from.host.connect(relay.id(), List.of(relay.at())));
    try (BlockingStream hop = Nodes.open(from, relay, HopMessage.PROTOCOL)) {
      HopMessage asked = new HopMessage.Connect(PeerMessage.of(target.toBytes()));
      hop.out().write(Delimited.frame(asked.toBytes()));
      int code = ((HopMessage.Status) HopMessage.read(message(hop.in()))).code();
      return CircuitStatus.of(code).orElseThrow();
    }
  }

  /** Answers the relay with these bytes, or ends when there are none. */
  private static void answering(Node target, byte[] answer) {
    target.host.handle(
        StopMessage.PROTOCOL,
        HandlerOptions.DEFAULTS,
        (channel, _) -> {
          BlockingStream stream = BlockingStream.of(channel);
          stream.timeout(Nodes.WITHIN);
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (stream) {
                      message(stream.in());
                      stream.out().write(answer);
                    } catch (IOException gone) {
                      stream.reset(0);
                    }
                  });
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0320ca01", "03200101", "020800", "ffffffff7f"})
  void aTargetThatDoesNotSayYesIsAConnectionThatFailed(String answer) throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    answering(target, HexFormat.of().parseHex(answer));

    assertThat(connect(nodes.node(PeerGate.open()), relay, target.id()))
        .isEqualTo(CircuitStatus.CONNECTION_FAILED);
    await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
    assertThat(nodes.count("relay.service.connection.request.response.status", "status", "error"))
        .isEqualTo(1);
  }

  @Test
  void aTargetThatDoesNotSpeakTheProtocolIsOneToo() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    target.host.unhandle(StopMessage.PROTOCOL);

    assertThat(connect(nodes.node(PeerGate.open()), relay, target.id()))
        .isEqualTo(CircuitStatus.CONNECTION_FAILED);
  }

  @Test
  void circuitsOfWhoAsksAreBoundedToo() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(
            new ClassLimits(Duration.ofHours(1), Limit.atMost(1), CircuitLimit.NONE, Limit.OFF)));
    Node one = nodes.node(PeerGate.open());
    Node other = nodes.node(PeerGate.open());
    Nodes.reserve(one, relay);
    Nodes.reserve(other, relay);
    Node source = nodes.node(PeerGate.open());
    get(source.host.connect(one.id(), List.of(Nodes.through(relay, one))));

    assertThat(connect(source, relay, other.id())).isEqualTo(CircuitStatus.RESOURCE_LIMIT_EXCEEDED);
    assertThat(connect(nodes.node(PeerGate.open()), relay, other.id())).isEqualTo(CircuitStatus.OK);
  }

  /** Not when somebody sweeps: when its time is over. */
  @Test
  void aPlaceWhoseTimeIsOverIsNone() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(
            new ClassLimits(Duration.ofSeconds(2), Limit.OFF, CircuitLimit.NONE, Limit.OFF)));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());

    await()
        .atMost(Nodes.WITHIN)
        .until(() -> connect(source, relay, target.id()), CircuitStatus.NO_RESERVATION::equals);
    assertThat(target.host.connections(relay.id())).isNotEmpty();
    assertThat(nodes.count("relay.service.reservations", "type", "closed")).isEqualTo(1);
  }

  /** No timer has swept it out yet: the clock of the service is ahead of the timers. */
  @Test
  void aPlaceThatNobodySweptIsNoObstacleAndEndsOnce() throws Exception {
    Node relay = nodes.node();
    ManualClock clock = new ManualClock();
    RelayServiceSettings one =
        Nodes.settings(ClassLimits.DEFAULTS)
            .withBounds(Limit.atMost(1), Limit.OFF, Limit.OFF, Limit.OFF);
    try (RelayService service =
        new RelayService(
            relay.host,
            relay.key,
            PeerGate.open(),
            RelayPolicy.open(),
            Watch.of(one),
            clock,
            nodes.meters)) {
      service.start();
      Node first = nodes.node(PeerGate.open());
      Node second = nodes.node(PeerGate.open());
      Nodes.reserve(first, relay);
      clock.advance(Duration.ofHours(1));
      Nodes.reserve(second, relay);
      assertThat(service.places()).singleElement().matches(it -> it.peer().equals(second.id()));
      assertThat(relay.host.keeper().worth(first.id())).isZero();
      assertThat(nodes.count("relay.service.reservations", "type", "closed")).isEqualTo(1);

      clock.advance(Duration.ofHours(1));
      Nodes.reserve(second, relay); // anew: its place had ended
      assertThat(nodes.count("relay.service.reservations", "type", "opened")).isEqualTo(3);
      assertThat(nodes.count("relay.service.reservations", "type", "renewed")).isZero();
      assertThat(nodes.count("relay.service.reservations", "type", "closed")).isEqualTo(2);
    }
  }

  /** A target that is asked takes its time, and who asked for it loses its right meanwhile. */
  @Test
  void whoseRightEndsWhileTheTargetIsAskedIsDenied() throws Exception {
    Nodes.Members members = new Nodes.Members();
    Node relay = nodes.node();
    nodes.serve(relay, members, RelayPolicy.open(), Watch.of(Nodes.settings(ClassLimits.DEFAULTS)));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    target.host.handle(
        StopMessage.PROTOCOL,
        HandlerOptions.DEFAULTS,
        (channel, _) -> {
          members.remove(source.id());
          channel.writeAndFlush(
              Unpooled.wrappedBuffer(
                  Delimited.frame(StopMessage.Status.of(CircuitStatus.OK).toBytes())));
        });
    assertThat(connect(source, relay, target.id())).isEqualTo(CircuitStatus.PERMISSION_DENIED);
  }

  // ---- a node that is asked by a relay ------------------------------------------------------

  private static int asked(Node relay, Node target, byte[] framed) throws Exception {
    get(relay.host.connect(target.id(), List.of(target.at())));
    try (BlockingStream stop = Nodes.open(relay, target, StopMessage.PROTOCOL)) {
      stop.out().write(framed);
      return ((StopMessage.Status) StopMessage.read(message(stop.in()))).code();
    }
  }

  /** A status in place of a request, a type nobody knows, a request without peer, too long. */
  @ParameterizedTest
  @CsvSource({"05080120642001, 400", "0408012064, 401", "020800, 400", "ffff03, 400"})
  void whatIsNoRequestOfARelayIsAnswered(String hex, int code) throws Exception {
    Node relay = nodes.node();
    Node target = nodes.node(PeerGate.open(), HostSettings.DEFAULTS, true, "/ip4/127.0.0.1/tcp/0");
    assertThat(asked(relay, target, HexFormat.of().parseHex(hex))).isEqualTo(code);
  }

  @Test
  void aRelayNobodyAskedForAPlaceIsDenied() throws Exception {
    Node relay = nodes.node();
    Node target = nodes.node();
    byte[] request =
        new StopMessage.Connect(PeerMessage.of(nodes.node().id().toBytes()), Optional.empty())
            .toBytes();
    assertThat(asked(relay, target, Delimited.frame(request)))
        .isEqualTo(CircuitStatus.PERMISSION_DENIED.code());
  }

  @Test
  void aNodeWithoutRoomForACircuitSaysSoBeforeItTakesIt() throws Exception {
    Node relay = nodes.node();
    ResourceSettings usual = ResourceSettings.DEFAULTS;
    HostSettings narrow =
        HostSettings.DEFAULTS.withResources(
            new ResourceSettings(
                new ResourceSettings.Share(Limit.atMost(1), Limit.OFF, Limit.OFF, Limit.OFF),
                usual.peer(),
                usual.protocol(),
                usual.protocolOfPeer(),
                usual.connection()));
    Node target = nodes.node(PeerGate.open(), narrow, true, "/ip4/127.0.0.1/tcp/0");
    byte[] request =
        new StopMessage.Connect(PeerMessage.of(nodes.node().id().toBytes()), Optional.empty())
            .toBytes();
    assertThat(asked(relay, target, Delimited.frame(request)))
        .isEqualTo(CircuitStatus.CONNECTION_FAILED.code());
    assertThat(nodes.count("relay.circuit.requests", "result", "accept_refused")).isEqualTo(1);
  }

  /** The relay says who comes; the handshake says who came. */
  @Test
  void whoIsNotWhomTheRelayAnnouncedIsNotTaken() throws Exception {
    Node relay = nodes.node();
    Node target = nodes.node(PeerGate.open(), HostSettings.DEFAULTS, true, "/ip4/127.0.0.1/tcp/0");
    get(relay.host.connect(target.id(), List.of(target.at())));
    try (BlockingStream stop = Nodes.open(relay, target, StopMessage.PROTOCOL)) {
      byte[] request =
          new StopMessage.Connect(PeerMessage.of(nodes.node().id().toBytes()), Optional.empty())
              .toBytes();
      stop.out().write(Delimited.frame(request));
      assertThat(((StopMessage.Status) StopMessage.read(message(stop.in()))).code())
          .isEqualTo(CircuitStatus.OK.code());
      // What comes now is no handshake of that peer.
      stop.out().write(Delimited.frame("/multistream/1.0.0\n".getBytes("US-ASCII")));
      stop.out().write(Delimited.frame("/noise\n".getBytes("US-ASCII")));
      stop.out().write(new byte[] {0, 32});
      stop.out().write(new byte[32]);
      end(stop.in());
      assertThat(target.host.connections()).hasSize(1);
    }
  }

  /** Reads to the end or the reset of it; nothing of either in time is a failure. */
  private static void end(InputStream in) throws IOException {
    try {
      in.readAllBytes();
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }
}
