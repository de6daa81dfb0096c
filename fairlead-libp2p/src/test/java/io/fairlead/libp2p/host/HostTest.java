package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.address;
import static io.fairlead.libp2p.PeerSamples.addresses;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.StreamOpenException;
import io.fairlead.libp2p.peers.ConnectionKeeper;
import io.fairlead.testkit.LeakWatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakWatch.class)
@Timeout(60)
class HostTest {
  private static final String ECHO = "/echo/1.0.0";

  private final HostPair pair = new HostPair();

  @AfterEach
  void close() {
    pair.close();
  }

  @ParameterizedTest
  @EnumSource(HostSettings.Security.class)
  void twoNodesTalkOverAStreamOfAProtocol(HostSettings.Security security) throws Exception {
    Host bob = echoing(pair.listening());
    Host alice = pair.host(HostSettings.DEFAULTS.secured(security));
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    assertThat(peer).isEqualTo(bob.id());
    assertThat(echoed(alice, peer, "hello")).isEqualTo("hello");
    assertThat(alice.connections(peer).getFirst().wire().security())
        .isEqualTo(security == HostSettings.Security.NOISE ? "/noise" : "/tls/1.0.0");
    assertThat(alice.connectedness(peer)).isEqualTo(Connectedness.CONNECTED);
    assertThat(alice.blocking().ping(peer)).isPositive();
    assertThat(bob.blocking().ping(alice.id())).isPositive();
  }

  @Test
  void aMebibyteGoesThereAndBack() throws Exception {
    Host bob = echoing(pair.listening());
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    byte[] much = new byte[1024 * 1024];
    for (int i = 0; i < much.length; i++) much[i] = (byte) (i * 31);
    try (BlockingStream stream = alice.blocking().open(peer, ECHO)) {
      CompletableFuture<byte[]> back =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return stream.in().readAllBytes();
                } catch (IOException failure) {
                  throw new IllegalStateException(failure);
                }
              },
              task -> Thread.ofVirtual().start(task));
      stream.out().write(much);
      stream.closeWrite();
      assertThat(back.get(20, TimeUnit.SECONDS)).isEqualTo(much);
    }
  }

  @Test
  void webSocketsCarryTheSame() throws Exception {
    Host bob =
        echoing(pair.host(HostSettings.DEFAULTS.listening(address("/ip4/127.0.0.1/tcp/0/ws"))));
    Host alice = pair.host(HostSettings.DEFAULTS);
    assertThat(echoed(alice, alice.blocking().connect(HostPair.at(bob)), "over ws"))
        .isEqualTo("over ws");
  }

  @Test
  void peersIdentifyEachOther() throws Exception {
    Host bob = echoing(pair.listening());
    Host alice = pair.listening();
    List<HostEvent> seen = Collections.synchronizedList(new ArrayList<>());
    alice.events().subscribe("test", Set.of(HostEvent.PeerIdentified.class), 16, seen::add);
    alice.blocking().connect(HostPair.at(bob));
    await().until(() -> !seen.isEmpty());
    HostEvent.PeerIdentified identified = (HostEvent.PeerIdentified) seen.getFirst();
    assertThat(identified.peer()).isEqualTo(bob.id());
    assertThat(identified.protocols())
        .contains(ECHO, "/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0");
    assertThat(alice.peerStore().agent(bob.id())).contains("fairlead");
    assertThat(alice.peerStore().addresses(bob.id())).containsAll(bob.listening());
    PeerRecord record =
        PeerRecord.open(alice.peerStore().record(bob.id()).orElseThrow().envelope());
    assertThat(record.peer()).isEqualTo(bob.id());
    assertThat(record.addresses()).isEqualTo(bob.addresses());
    // The other way round, over the same connection.
    await().until(() -> bob.peerStore().addresses(alice.id()).containsAll(alice.listening()));
  }

  @Test
  void newProtocolsAndAddressesArePushed() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.listening();
    alice.blocking().connect(HostPair.at(bob));
    await().until(() -> !alice.peerStore().protocols(bob.id()).isEmpty());
    await().until(() -> !bob.peerStore().protocols(alice.id()).isEmpty());
    List<HostEvent> seen = Collections.synchronizedList(new ArrayList<>());
    alice.events().subscribe("test", Set.of(HostEvent.PeerProtocolsUpdated.class), 16, seen::add);
    echoing(bob);
    await().until(() -> alice.peerStore().protocols(bob.id()).contains(ECHO));
    await().until(() -> !seen.isEmpty());
    assertThat(((HostEvent.PeerProtocolsUpdated) seen.getFirst()).added()).containsExactly(ECHO);

    bob.announce(addresses -> addresses("/ip4/127.0.0.9/tcp/9"));
    await()
        .until(
            () -> alice.peerStore().addresses(bob.id()).contains(address("/ip4/127.0.0.9/tcp/9")));
    assertThat(bob.addresses()).isEqualTo(addresses("/ip4/127.0.0.9/tcp/9"));
  }

  @Test
  void aPeerThatSpeaksNoneOfTheProtocolsSaysSo() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    assertThatThrownBy(() -> alice.blocking().open(peer, "/a", "/b"))
        .hasCauseInstanceOf(StreamOpenException.class);
    echoing(bob);
    await().until(() -> alice.peerStore().protocols(peer).contains(ECHO));
    try (BlockingStream stream = alice.blocking().open(peer, "/a", ECHO)) {
      assertThat(stream.channel().protocol()).isEqualTo(ECHO);
    }
  }

  @Test
  void anotherPeerBehindAnAddressIsNamed() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId other = PrivateKey.generate().peerId();
    PeerDialException failure = failure(alice, other, bob.listening());
    assertThat(failure.reason()).isEqualTo(PeerDialException.Reason.WRONG_PEER);
    assertThat(failure).hasMessageContaining(bob.id().toString());
    assertThat(failure.retryable()).isFalse();
  }

  @Test
  void whatCannotBeDialledSaysWhy() throws Exception {
    Host alice = pair.listening();
    PeerId nobody = PrivateKey.generate().peerId();
    assertThat(failure(alice, alice.id(), List.of()).reason())
        .isEqualTo(PeerDialException.Reason.SELF);
    assertThat(failure(alice, nobody, List.of()).reason())
        .isEqualTo(PeerDialException.Reason.NO_ADDRESSES);
    assertThat(
            failure(
                    alice,
                    nobody,
                    addresses("/ip4/127.0.0.1/udp/1/quic-v1", "/dns4/nowhere.example/tcp/1"))
                .failures())
        .hasSize(2);
    assertThatThrownBy(
            () ->
                alice
                    .connect(nobody, List.of(), OpenOptions.DEFAULTS.withoutDial())
                    .toCompletableFuture()
                    .get())
        .hasCauseInstanceOf(PeerDialException.class)
        .hasMessageContaining("NOT_CONNECTED");
  }

  @Test
  void aDialThatFailedIsNotTriedAgainAtOnce() throws Exception {
    Host bob = pair.listening();
    Multiaddr closed = bob.listening().getFirst();
    bob.close();
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId nobody = PrivateKey.generate().peerId();
    assertThat(failure(alice, nobody, List.of(closed)).reason())
        .isEqualTo(PeerDialException.Reason.ALL_FAILED);
    assertThat(failure(alice, nobody, List.of(closed))).hasMessageContaining("failed a moment ago");
  }

  @Test
  void callersWhoWantTheSamePeerShareADialAndOneConnection() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.host(HostSettings.DEFAULTS);
    List<CompletableFuture<Connection>> wanted = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      wanted.add(alice.connect(bob.id(), bob.listening()).toCompletableFuture());
    }
    wanted.get(3).cancel(false);
    wanted.remove(3);
    Connection first = wanted.getFirst().get(10, TimeUnit.SECONDS);
    for (CompletableFuture<Connection> each : wanted) {
      assertThat(each.get(10, TimeUnit.SECONDS)).isSameAs(first);
    }
    assertThat(alice.connections()).hasSize(1);
    await().until(() -> bob.connections().size() == 1);
  }

  @Test
  void namesAreResolvedByTheHook() throws Exception {
    Host bob = echoing(pair.listening());
    pair.names.put("bob.internal", InetAddress.ofLiteral("127.0.0.1"));
    Host alice = pair.host(HostSettings.DEFAULTS);
    long port =
        bob.listening()
            .getFirst()
            .first(io.fairlead.libp2p.address.AddressProtocol.TCP)
            .orElseThrow()
            .number();
    PeerId peer = alice.blocking().connect("/dns4/bob.internal/tcp/" + port + "/p2p/" + bob.id());
    assertThat(echoed(alice, peer, "by name")).isEqualTo("by name");
  }

  @Test
  void theLosersOfARaceAreClosed() throws Exception {
    Host bob =
        pair.host(
            HostSettings.DEFAULTS.listening(
                address(HostPair.LOOPBACK),
                address("/ip4/127.0.0.2/tcp/0"),
                address("/ip4/127.0.0.3/tcp/0")));
    Host alice = pair.host(HostSettings.DEFAULTS);
    alice.connect(bob.id(), bob.listening()).toCompletableFuture().get(10, TimeUnit.SECONDS);
    await()
        .during(Duration.ofMillis(300))
        .until(() -> alice.connections().size() == 1 && bob.connections().size() == 1);
    assertThat(pair.registry.get("fairlead.libp2p.connections").gauges()).isNotEmpty();
  }

  @Test
  void aPeerHasNoMoreConnectionsThanItsBound() throws Exception {
    ResourceSettings.Share one =
        new ResourceSettings.Share(
            Limit.atMost(1), Limit.atMost(1), Limit.atMost(1), Limit.atMost(4));
    ResourceSettings bounds =
        new ResourceSettings(
            ResourceSettings.DEFAULTS.system(), one, Limit.OFF, Limit.OFF, Limit.OFF);
    Host bob = pair.host(HostPair.listeningSettings().withResources(bounds));
    PrivateKey key = PrivateKey.generate();
    Host first = pair.host(key, HostSettings.DEFAULTS, PeerGate.open());
    Host second = pair.host(key, HostSettings.DEFAULTS, PeerGate.open());
    first.blocking().connect(HostPair.at(bob));
    await().until(() -> bob.connections().size() == 1);
    second.connect(bob.id(), bob.listening()).toCompletableFuture().get(10, TimeUnit.SECONDS);
    await().until(() -> second.connections().isEmpty());
    assertThat(bob.connections()).hasSize(1);
    assertThat(pair.registry.get("fairlead.libp2p.refused").tag("scope", "peer").counter().count())
        .isEqualTo(1);
  }

  @Test
  void streamsBeyondAHandlersBoundAreReset() throws Exception {
    Host bob = pair.listening();
    Set<Object> open = ConcurrentHashMap.newKeySet();
    bob.handle(
        "/hold", HandlerOptions.DEFAULTS.perPeer(2), (stream, connection) -> open.add(stream));
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    List<BlockingStream> streams = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      streams.add(alice.blocking().open(peer, "/hold"));
      streams.getLast().out().write(1);
    }
    await().until(() -> open.size() == 2);
    BlockingStream third = alice.blocking().open(peer, "/hold");
    assertThatThrownBy(() -> third.in().read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset, code " + StreamCode.RESOURCE_LIMIT);
    streams.getFirst().reset(0);
    await()
        .untilAsserted(
            () -> {
              BlockingStream again = alice.blocking().open(peer, "/hold");
              streams.add(again);
              again.out().write(1);
              await().atMost(Duration.ofMillis(500)).until(() -> open.size() == 3);
            });
    assertThat(bob.resources().streams()).isPositive();
    streams.forEach(BlockingStream::close);
    await().until(() -> alice.resources().streams() == 0);
  }

  @Test
  void readsAndWritesKeepTheirDeadline() throws Exception {
    Host bob = pair.listening();
    bob.handle("/silent", HandlerOptions.DEFAULTS, (stream, connection) -> {});
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    try (BlockingStream stream = alice.blocking().open(peer, "/silent")) {
      stream.timeout(Duration.ofMillis(20));
      assertThatThrownBy(() -> stream.in().read()).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void tooManyConnectionsAreTrimmed() throws Exception {
    ConnectionKeeper.Marks marks = new ConnectionKeeper.Marks(1, 2, Duration.ZERO, Duration.ZERO);
    Host bob = pair.host(HostPair.listeningSettings().withMarks(marks));
    List<Host> peers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Host each = pair.host(HostSettings.DEFAULTS);
      if (i == 0) bob.keeper().protect(each.id(), "test");
      peers.add(each);
      each.blocking().connect(HostPair.at(bob));
      int expected = Math.min(i + 1, 2);
      if (i < 2) await().until(() -> bob.connections().size() == expected);
    }
    await().until(() -> bob.connections().size() == 1);
    assertThat(bob.connections().getFirst().remote()).isEqualTo(peers.getFirst().id());
  }

  @Test
  void whoeverLosesItsRightIsCutAndStaysOut() throws Exception {
    EntryId entry = new EntryId("members", "alice");
    Set<Principal> denied = ConcurrentHashMap.newKeySet();
    PeerGate gate =
        new PeerGate() {
          @Override
          public Principal principal(PeerId peer) {
            return Principal.of(peer.toString(), entry);
          }

          @Override
          public Verdict decide(Principal principal, Action action) {
            return denied.contains(principal) ? new Verdict.Deny("revoked") : Verdict.ALLOW;
          }
        };
    Host bob = echoing(pair.host(HostPair.listeningSettings(), gate));
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    assertThat(echoed(alice, peer, "member")).isEqualTo("member");
    Cause cause = new Cause(Cause.Reason.REVOKED, "members", "1", Optional.empty());
    assertThat(bob.revoke(Set.of(new EntryId("members", "other")), cause)).isZero();

    denied.add(Principal.of(alice.id().toString(), entry));
    assertThat(bob.revoke(Set.of(entry), cause)).isEqualTo(1);
    await().atMost(Duration.ofSeconds(1)).until(() -> alice.connections().isEmpty());
    alice.connect(bob.id(), bob.listening()).toCompletableFuture().get(10, TimeUnit.SECONDS);
    await().until(() -> alice.connections().isEmpty());
    assertThat(bob.connections()).isEmpty();
    assertThat(failure(bob, alice.id(), addresses("/ip4/127.0.0.1/tcp/1")).reason())
        .isEqualTo(PeerDialException.Reason.FORBIDDEN);
  }

  @Test
  void aDestinationMayBeRefused() throws Exception {
    Host bob = pair.listening();
    PeerGate gate =
        new PeerGate() {
          @Override
          public Principal principal(PeerId peer) {
            return Principal.of(peer.toString());
          }

          @Override
          public Verdict decide(Principal principal, Action action) {
            return Verdict.ALLOW;
          }

          @Override
          public boolean mayDial(Multiaddr address) {
            return false;
          }
        };
    Host alice = pair.host(HostSettings.DEFAULTS, gate);
    assertThat(failure(alice, bob.id(), bob.listening())).hasMessageContaining("not allowed");
  }

  @Test
  void connectednessIsToldWhenItChanges() throws Exception {
    Host bob = pair.listening();
    Host alice = pair.host(HostSettings.DEFAULTS);
    List<HostEvent> seen = Collections.synchronizedList(new ArrayList<>());
    alice
        .events()
        .subscribe("test", Set.of(HostEvent.PeerConnectednessChanged.class), 16, seen::add);
    alice.blocking().connect(HostPair.at(bob));
    await().until(() -> seen.size() == 1);
    bob.close();
    await().until(() -> seen.size() == 2);
    assertThat(seen)
        .containsExactly(
            new HostEvent.PeerConnectednessChanged(bob.id(), Connectedness.CONNECTED),
            new HostEvent.PeerConnectednessChanged(bob.id(), Connectedness.NOT_CONNECTED));
    assertThat(alice.resources().connections()).isZero();
  }

  @Test
  void aDrainWaitsForStreamsAndTakesNoNewOnes() throws Exception {
    Host bob = echoing(pair.listening());
    Host alice = pair.host(HostSettings.DEFAULTS);
    PeerId peer = alice.blocking().connect(HostPair.at(bob));
    try (BlockingStream stream = alice.blocking().open(peer, ECHO)) {
      stream.out().write(7);
      assertThat(stream.in().read()).isEqualTo(7);
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(
              () -> {
                try {
                  bob.drain(Deadline.in(Clock.system(), Duration.ofSeconds(20)));
                } catch (InterruptedException interrupted) {
                  throw new IllegalStateException(interrupted);
                }
              },
              task -> Thread.ofVirtual().start(task));
      await().until(() -> bob.listening().isEmpty() || !drained.isDone());
      stream.out().write(8);
      assertThat(stream.in().read()).isEqualTo(8);
      assertThat(drained).isNotDone();
      stream.closeWrite();
      assertThat(stream.in().read()).isEqualTo(-1);
      drained.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aTakenAddressEndsTheStart() throws Exception {
    Host bob = pair.listening();
    assertThatThrownBy(() -> pair.host(HostSettings.DEFAULTS.listening(bob.listening().getFirst())))
        .isInstanceOf(io.fairlead.core.lifecycle.StartException.class)
        .hasMessageContaining("listen /ip4/127.0.0.1/tcp/");
  }

  @Test
  void aClosedNodeDialsNobody() throws Exception {
    Host alice = pair.listening();
    alice.close();
    alice.close();
    assertThat(failure(alice, peer(1), List.of()).reason())
        .isEqualTo(PeerDialException.Reason.CLOSED);
  }

  private static Host echoing(Host host) {
    host.blocking()
        .handle(
            ECHO,
            stream -> {
              stream.in().transferTo(stream.out());
              stream.closeWrite();
            });
    return host;
  }

  private static String echoed(Host from, PeerId peer, String text) throws IOException {
    try (BlockingStream stream = from.blocking().open(peer, ECHO)) {
      stream.out().write(text.getBytes(StandardCharsets.UTF_8));
      stream.closeWrite();
      return new String(stream.in().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static PeerDialException failure(Host host, PeerId peer, List<Multiaddr> addresses)
      throws Exception {
    try {
      Connection connection =
          host.connect(peer, addresses).toCompletableFuture().get(20, TimeUnit.SECONDS);
      throw new AssertionError("connected: " + connection);
    } catch (ExecutionException failure) {
      return (PeerDialException) failure.getCause();
    }
  }
}
