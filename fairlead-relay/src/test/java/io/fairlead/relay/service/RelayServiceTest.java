package io.fairlead.relay.service;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.Cause;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.ReservationException;
import io.fairlead.relay.reservation.ReservationFailure;
import io.fairlead.relay.reservation.ReservationFailure.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayServiceTest {
  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private static Refusal refusal(Node node, Node relay) {
    try {
      Nodes.reserve(node, relay);
    } catch (Exception failure) {
      if (failure.getCause() instanceof ReservationException refused
          && refused.failure() instanceof ReservationFailure.Refused(Refusal refusal)) {
        return refusal;
      }
      throw new AssertionError(failure);
    }
    throw new AssertionError("not refused");
  }

  /** Talks to a relay in bytes. */
  private static HopMessage.Status say(Node from, Node relay, byte[] framed) throws Exception {
    get(from.host.connect(relay.id(), List.of(relay.at())));
    try (BlockingStream stream = Nodes.open(from, relay, HopMessage.PROTOCOL)) {
      stream.out().write(framed);
      return (HopMessage.Status) HopMessage.read(message(stream.in()));
    }
  }

  private static byte[] message(InputStream in) throws IOException {
    int length = in.read();
    if (length >= 128) length = (length & 0x7f) | in.read() << 7;
    return in.readNBytes(length);
  }

  private static HopMessage connect(PeerId target) {
    return new HopMessage.Connect(PeerMessage.of(target.toBytes()));
  }

  private static HopMessage.Status say(Node from, Node relay, HopMessage message) throws Exception {
    return say(from, relay, Delimited.frame(message.toBytes()));
  }

  @Test
  void aPlaceIsKeptOnceAndGoesWithItsPeer() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node peer = nodes.node(PeerGate.open());
    var first = Nodes.reserve(peer, relay);
    assertThat(first.voucher()).hasValueSatisfying(v -> assertThat(v.peer()).isEqualTo(peer.id()));
    assertThat(first.addresses()).isEmpty(); // none of loopback is for others
    Nodes.reserve(peer, relay);
    assertThat(service.places()).hasSize(1);
    assertThat(nodes.count("relay.service.reservations", "type", "renewed")).isEqualTo(1);
    assertThat(relay.host.keeper().worth(peer.id())).isEqualTo(10);
    peer.host.close();
    await().atMost(Nodes.WITHIN).until(() -> service.places().isEmpty());
    assertThat(relay.host.keeper().worth(peer.id())).isZero();
    assertThat(nodes.count("relay.service.reservations", "type", "closed")).isEqualTo(1);
  }

  @Test
  void aPlaceHasOneTimerHoweverOftenItIsAskedFor() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node peer = nodes.node(PeerGate.open());
    for (int i = 0; i < 50; i++) Nodes.reserve(peer, relay);
    assertThat(service.timers()).isEqualTo(1);
    service.evict(peer.id());
    assertThat(service.timers()).isZero();
  }

  @Test
  void placesAreBoundedInAllAndForEachAddress() throws Exception {
    Node relay = nodes.node();
    WatchValue<RelayServiceSettings> settings =
        new WatchValue<>(
            Nodes.settings(ClassLimits.DEFAULTS)
                .withBounds(Limit.atMost(2), Limit.OFF, Limit.OFF, Limit.OFF));
    nodes.serve(relay, PeerGate.open(), RelayPolicy.open(), settings);
    Node one = nodes.node(PeerGate.open());
    Node two = nodes.node(PeerGate.open());
    Node three = nodes.node(PeerGate.open());
    Nodes.reserve(one, relay);
    Nodes.reserve(two, relay);
    assertThat(refusal(three, relay)).isEqualTo(Refusal.RESERVATION_REFUSED);
    Nodes.reserve(one, relay); // its own place is no obstacle

    settings.set(
        Nodes.settings(ClassLimits.DEFAULTS)
            .withBounds(Limit.OFF, Limit.atMost(2), Limit.OFF, Limit.OFF));
    assertThat(refusal(three, relay)).isEqualTo(Refusal.RESERVATION_REFUSED);
    settings.set(Nodes.settings(ClassLimits.DEFAULTS));
    Nodes.reserve(three, relay);
    assertThat(nodes.count("relay.service.reservation.rejections", "reason", "reservation_refused"))
        .isEqualTo(2);
    assertThat(nodes.count("limit.rejections", "limit", "relay_places")).isEqualTo(2);
  }

  @Test
  void placesAreBoundedForEachNetwork() throws Exception {
    Node relay = nodes.node();
    RelayPolicy policy =
        new RelayPolicy() {
          @Override
          public PeerClass classOf(PeerId peer) {
            return PeerClass.ANONYMOUS;
          }

          @Override
          public Optional<Long> network(InetAddress address) {
            return address.isLoopbackAddress() ? Optional.of(64_500L) : Optional.empty();
          }
        };
    RelayServiceSettings two =
        Nodes.settings(ClassLimits.DEFAULTS)
            .withBounds(Limit.OFF, Limit.OFF, Limit.atMost(2), Limit.OFF);
    nodes.serve(relay, PeerGate.open(), policy, new WatchValue<>(two));
    Nodes.reserve(nodes.node(PeerGate.open()), relay);
    Node second = nodes.node(PeerGate.open());
    Nodes.reserve(second, relay);
    Nodes.reserve(second, relay); // a renewal is not counted twice
    assertThat(refusal(nodes.node(PeerGate.open()), relay)).isEqualTo(Refusal.RESERVATION_REFUSED);
  }

  @Test
  void whoAsksTooOftenWaits() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(ClassLimits.DEFAULTS)
            .withRates(Optional.of(new AskRate(2, Duration.ofHours(1))), Optional.empty()));
    Node peer = nodes.node(PeerGate.open());
    Nodes.reserve(peer, relay);
    Nodes.reserve(peer, relay);
    assertThat(refusal(peer, relay)).isEqualTo(Refusal.RESOURCE_LIMIT_EXCEEDED);
    // Circuits are counted by themselves.
    PeerId nobody = nodes.node(PeerGate.open()).id();
    assertThat(say(peer, relay, connect(nobody)).code())
        .isEqualTo(CircuitStatus.NO_RESERVATION.code());
    Nodes.reserve(nodes.node(PeerGate.open()), relay);
  }

  @Test
  void aClassThatHasNoLimitsIsRefusedAndTheTighterOfTwoHolds() throws Exception {
    Node relay = nodes.node();
    Node operator = nodes.node(PeerGate.open());
    Node anonymous = nodes.node(PeerGate.open());
    Node registered = nodes.node(PeerGate.open());
    ClassLimits wide =
        new ClassLimits(
            Duration.ofHours(2),
            Limit.OFF,
            new CircuitLimit(Optional.empty(), Optional.of(1_000_000_000L)),
            Limit.OFF);
    RelayPolicy policy =
        peer ->
            peer.equals(operator.id())
                ? PeerClass.OPERATOR
                : peer.equals(registered.id()) ? PeerClass.REGISTERED : PeerClass.ANONYMOUS;
    nodes.serve(
        relay,
        PeerGate.open(),
        policy,
        Watch.of(
            Nodes.settings(ClassLimits.DEFAULTS)
                .withClasses(
                    Map.of(
                        PeerClass.OPERATOR,
                        wide,
                        PeerClass.REGISTERED,
                        Nodes.limited(Duration.ofSeconds(60), 5000)))));
    assertThat(refusal(anonymous, relay)).isEqualTo(Refusal.PERMISSION_DENIED);
    assertThat(Nodes.reserve(operator, relay).limit()).isEqualTo(wide.circuit());
    assertThat(say(anonymous, relay, connect(operator.id())).code())
        .isEqualTo(CircuitStatus.PERMISSION_DENIED.code());
    get(registered.host.connect(relay.id(), List.of(relay.at())));
    try (BlockingStream hop = Nodes.open(registered, relay, HopMessage.PROTOCOL)) {
      hop.out().write(Delimited.frame(connect(operator.id()).toBytes()));
      HopMessage.Status status = (HopMessage.Status) HopMessage.read(message(hop.in()));
      assertThat(status.limit().orElseThrow().durationSeconds()).isEqualTo(60);
      assertThat(status.limit().orElseThrow().dataBytes()).isEqualTo(5000);
    }
  }

  @ParameterizedTest
  @CsvSource({"020807, 401", "020802, 401", "020801, 400", "03080112, 400", "ffff03, 400"})
  void whatIsNoRequestIsAnswered(String hex, int code) throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node peer = nodes.node(PeerGate.open());
    assertThat(say(peer, relay, HexFormat.of().parseHex(hex)).code()).isEqualTo(code);
  }

  @Test
  void overACircuitNobodyGetsAPlaceOrACircuit() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node second = nodes.node(PeerGate.open());
    nodes.serve(second, Nodes.settings(ClassLimits.DEFAULTS));
    Nodes.reserve(second, relay);
    Node peer = nodes.node(PeerGate.open());
    get(peer.host.connect(second.id(), List.of(Nodes.through(relay, second))));
    for (HopMessage message : List.of(new HopMessage.Reserve(), connect(relay.id()))) {
      try (BlockingStream hop = Nodes.open(peer, second, HopMessage.PROTOCOL)) {
        hop.out().write(Delimited.frame(message.toBytes()));
        assertThat(((HopMessage.Status) HopMessage.read(message(hop.in()))).code())
            .isEqualTo(CircuitStatus.PERMISSION_DENIED.code());
      }
    }
  }

  /** Two ends of a circuit in plain bytes, without what secures it. */
  private final class Ends implements AutoCloseable {
    final BlockingStream source;
    final java.util.concurrent.CompletableFuture<BlockingStream> target =
        new java.util.concurrent.CompletableFuture<>();

    Ends(Node from, Node relay, Node to, String early) throws Exception {
      Nodes.reserve(to, relay);
      to.host.handle(
          StopMessage.PROTOCOL,
          io.fairlead.libp2p.host.HandlerOptions.DEFAULTS,
          (channel, _) -> {
            BlockingStream stream = BlockingStream.of(channel);
            stream.timeout(Nodes.WITHIN);
            Thread.ofVirtual().start(() -> answer(stream, early));
          });
      get(from.host.connect(relay.id(), List.of(relay.at())));
      source = Nodes.open(from, relay, HopMessage.PROTOCOL);
      source.out().write(Delimited.frame(connect(to.id()).toBytes()));
    }

    private void answer(BlockingStream stream, String early) {
      try {
        message(stream.in());
        byte[] ok = Delimited.frame(StopMessage.Status.of(CircuitStatus.OK).toBytes());
        byte[] both = Arrays.copyOf(ok, ok.length + early.length());
        System.arraycopy(
            early.getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            0,
            both,
            ok.length,
            early.length());
        stream.out().write(both);
        target.complete(stream);
      } catch (IOException failed) {
        target.completeExceptionally(failed);
      }
    }

    int status() throws Exception {
      return ((HopMessage.Status) HopMessage.read(message(source.in()))).code();
    }

    @Override
    public void close() {
      source.reset(0);
    }
  }

  @Test
  void whatComesBehindTheLastMessageBelongsToTheCircuitAndEndsArePassedOn() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    try (Ends ends =
        new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "early")) {
      assertThat(ends.status()).isEqualTo(100);
      assertThat(new String(ends.source.in().readNBytes(5), "US-ASCII")).isEqualTo("early");
      BlockingStream target = get(ends.target);
      ends.source.out().write(new byte[100]);
      ends.source.closeWrite();
      assertThat(target.in().readAllBytes()).hasSize(100);
      target.out().write(new byte[200]);
      target.closeWrite();
      assertThat(ends.source.in().readAllBytes()).hasSize(200);
      await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
      assertThat(nodes.count("relay.service.connections", "type", "closed")).isEqualTo(1);
    }
  }

  @Test
  void exactlyTheBoundPassesInEachDirectionAndOneMoreEndsIt() throws Exception {
    Node relay = nodes.node();
    RelayService service =
        nodes.serve(relay, Nodes.settings(Nodes.limited(Duration.ofMinutes(5), 10_000)));
    try (Ends ends =
        new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "")) {
      assertThat(ends.status()).isEqualTo(100);
      BlockingStream target = get(ends.target);
      ends.source.out().write(new byte[10_000]);
      assertThat(target.in().readNBytes(10_000)).hasSize(10_000);
      target.out().write(new byte[10_000]);
      assertThat(ends.source.in().readNBytes(10_000)).hasSize(10_000);
      CircuitView view = service.circuits().getFirst();
      assertThat(view.forthBytes()).isEqualTo(10_000);
      assertThat(view.backBytes()).isEqualTo(10_000);
      ends.source.out().write(1);
      assertThatThrownBy(() -> target.in().read()).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> ends.source.in().read()).isInstanceOf(IOException.class);
      await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("limit.rejections", "limit", "relay_circuit_data") == 1);
    }
  }

  /** An end of the direction would say that what came was all there is. */
  @Test
  void whatIsCutAtTheBoundDoesNotLookWhole() throws Exception {
    Node relay = nodes.node();
    RelayService service =
        nodes.serve(relay, Nodes.settings(Nodes.limited(Duration.ofMinutes(5), 10_000)));
    for (int i = 0; i < 20; i++) {
      try (Ends ends =
          new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "")) {
        assertThat(ends.status()).isEqualTo(100);
        BlockingStream target = get(ends.target);
        ends.source.out().write(new byte[10_001]);
        ends.source.closeWrite();
        assertThatThrownBy(() -> target.in().readAllBytes()).isInstanceOf(IOException.class);
        await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
      }
    }
    await()
        .atMost(Nodes.WITHIN)
        .until(() -> nodes.count("limit.rejections", "limit", "relay_circuit_data") == 20);
  }

  /** Whoever goes while the target thinks about it holds no place of a circuit. */
  @Test
  void aCircuitWhoseAskerGoesBeforeTheAnswerIsNone() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    var stop = new java.util.concurrent.CompletableFuture<BlockingStream>();
    target.host.handle(
        StopMessage.PROTOCOL,
        io.fairlead.libp2p.host.HandlerOptions.DEFAULTS,
        (channel, _) -> {
          BlockingStream stream = BlockingStream.of(channel);
          stream.timeout(Nodes.WITHIN);
          stop.complete(stream);
        });
    Node asker = nodes.node(PeerGate.open());
    get(asker.host.connect(relay.id(), List.of(relay.at())));
    BlockingStream hop = Nodes.open(asker, relay, HopMessage.PROTOCOL);
    hop.out().write(Delimited.frame(connect(target.id()).toBytes()));
    BlockingStream asked = get(stop);
    message(asked.in());
    assertThat(service.circuits()).hasSize(1);
    hop.reset(0);
    await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
    assertThatThrownBy(() -> asked.in().read()).isInstanceOf(IOException.class);
    assertThat(relay.host.keeper().worth(asker.id())).isZero();
  }

  /** A peer that wants itself takes the room of both ends. */
  @Test
  void aCircuitToOneselfCountsTwice() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(
            new ClassLimits(Duration.ofHours(1), Limit.atMost(1), CircuitLimit.NONE, Limit.OFF)));
    Node peer = nodes.node(PeerGate.open());
    Nodes.reserve(peer, relay);
    assertThat(say(peer, relay, connect(peer.id())).code())
        .isEqualTo(CircuitStatus.RESOURCE_LIMIT_EXCEEDED.code());
  }

  @Test
  void aBurstBeyondTheBoundBringsAsMuchAsMayPass() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(Nodes.limited(Duration.ofMinutes(5), 150_000)));
    try (Ends ends =
        new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "")) {
      assertThat(ends.status()).isEqualTo(100);
      BlockingStream target = get(ends.target);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  ends.source.out().write(new byte[1_000_000]);
                } catch (IOException cut) {
                  // as it should be
                }
              });
      long read = 0;
      try {
        for (int n; (n = target.in().read(new byte[8192])) > 0; ) read += n;
      } catch (IOException cut) {
        // as it should be
      }
      assertThat(read).isLessThanOrEqualTo(150_000);
      assertThat(nodes.registry.find("fairlead.relay.service.data.transferred.bytes").counter())
          .satisfies(counter -> assertThat(counter.count()).isEqualTo(150_000));
    }
  }

  @Test
  void aCircuitEndsWhenItsTimeIsOver() throws Exception {
    Node relay = nodes.node();
    RelayService service =
        nodes.serve(relay, Nodes.settings(Nodes.limited(Duration.ofSeconds(1), 10_000)));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    get(there.closed());
    await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
    assertThat(target.host.connections(source.id())).isEmpty();
    assertThat(nodes.count("limit.rejections", "limit", "relay_circuit_time")).isEqualTo(1);
  }

  @Test
  void aSlowReaderHoldsTheWriterBack() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    try (Ends ends =
        new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "")) {
      assertThat(ends.status()).isEqualTo(100);
      BlockingStream target = get(ends.target);
      int total = 30_000_000;
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      ends.source.out().write(new byte[total]);
                      ends.source.closeWrite();
                    } catch (IOException failed) {
                      ends.source.reset(1);
                    }
                  });
      assertThat(writer.join(Duration.ofMillis(500))).isFalse();
      // A window here, a window there and the relay's own buffer; windows had no time to grow.
      assertThat(service.circuits().getFirst().forthBytes()).isLessThan(2_000_000);
      assertThat(target.in().readAllBytes()).hasSize(total);
      assertThat(writer.join(Nodes.WITHIN)).isTrue();
    }
  }

  @Test
  void aRateSlowsACircuitDown() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(
            new ClassLimits(
                Duration.ofHours(1), Limit.OFF, CircuitLimit.NONE, Limit.atMost(1_000_000))));
    try (Ends ends =
        new Ends(nodes.node(PeerGate.open()), relay, nodes.node(PeerGate.open()), "")) {
      assertThat(ends.status()).isEqualTo(100);
      BlockingStream target = get(ends.target);
      long begun = Clock.system().nanos();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  ends.source.out().write(new byte[1_500_000]);
                  ends.source.closeWrite();
                } catch (IOException failed) {
                  ends.source.reset(1);
                }
              });
      assertThat(target.in().readAllBytes()).hasSize(1_500_000);
      // What waits in buffers at the end was paid for later by nobody: 1.5 s less those.
      assertThat(Duration.ofNanos(Clock.system().nanos() - begun))
          .isGreaterThan(Duration.ofMillis(900));
    }
  }

  @Test
  void circuitsOfOnePeerAreBounded() throws Exception {
    Node relay = nodes.node();
    nodes.serve(
        relay,
        Nodes.settings(
            new ClassLimits(Duration.ofHours(1), Limit.atMost(1), CircuitLimit.NONE, Limit.OFF)));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node first = nodes.node(PeerGate.open());
    get(first.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    assertThat(say(nodes.node(PeerGate.open()), relay, connect(target.id())).code())
        .isEqualTo(CircuitStatus.RESOURCE_LIMIT_EXCEEDED.code());
    assertThat(nodes.count("limit.rejections", "limit", "relay_circuits")).isEqualTo(1);
  }

  @Test
  void whoIsRevokedLosesItsPlaceAndItsCircuitsAtOnce() throws Exception {
    Nodes.Members members = new Nodes.Members();
    Node relay = nodes.node();
    RelayService service =
        nodes.serve(
            relay, members, RelayPolicy.open(), Watch.of(Nodes.settings(ClassLimits.DEFAULTS)));
    Node target = nodes.node(PeerGate.open());
    Node source = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    members.remove(target.id());
    Cause cause = new Cause(Cause.Reason.REVOKED, "list", "1", Optional.empty());
    // A target's circuits stand under its entry, whoever asked for them.
    assertThat(service.revoke(Set.of(Nodes.Members.entry(target.id())), cause))
        .isGreaterThanOrEqualTo(1);
    get(there.closed());
    assertThat(service.circuits()).isEmpty();
    assertThat(refusal(target, relay)).isEqualTo(Refusal.PERMISSION_DENIED);
    assertThat(service.revoke(Set.of(Nodes.Members.entry(target.id())), cause)).isZero();
  }

  @Test
  void whoseRightToAskEndsLosesTheCircuitsItAskedFor() throws Exception {
    Nodes.Members members = new Nodes.Members();
    Node relay = nodes.node();
    RelayService service =
        nodes.serve(
            relay, members, RelayPolicy.open(), Watch.of(Nodes.settings(ClassLimits.DEFAULTS)));
    Node target = nodes.node(PeerGate.open());
    Node source = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    members.remove(source.id());
    Cause cause = new Cause(Cause.Reason.REMOVED, "list", "1", Optional.empty());
    assertThat(service.revoke(Set.of(Nodes.Members.entry(source.id())), cause)).isEqualTo(1);
    get(there.closed());
    assertThat(service.places()).hasSize(1); // the other keeps its place
    assertThat(say(source, relay, connect(target.id())).code())
        .isEqualTo(CircuitStatus.PERMISSION_DENIED.code());
  }

  @Test
  void itServesAsItsModeSays() throws Exception {
    Node relay = nodes.node();
    WatchValue<RelayServiceSettings> settings =
        new WatchValue<>(RelayServiceSettings.DEFAULTS.in(RelayServiceSettings.Mode.AUTO));
    RelayService service = nodes.serve(relay, PeerGate.open(), RelayPolicy.open(), settings);
    assertThat(service.serving()).isFalse();
    relay.host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.PUBLIC));
    await().atMost(Nodes.WITHIN).until(service::serving);
    Node peer = nodes.node(PeerGate.open());
    Nodes.reserve(peer, relay);
    relay.host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.PRIVATE));
    await().atMost(Nodes.WITHIN).until(() -> !service.serving());
    assertThat(service.places()).isEmpty();
    settings.set(RelayServiceSettings.DEFAULTS.in(RelayServiceSettings.Mode.ON));
    assertThat(service.serving()).isTrue();
    service.drain(Deadline.in(Clock.system(), Duration.ofSeconds(5)));
    assertThat(relay.host.protocols()).doesNotContain(HopMessage.PROTOCOL);
  }
}
