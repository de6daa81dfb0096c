package io.fairlead.relay.circuit;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.host.AddressDialer.Dialled;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.reservation.ReservationClient;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayServiceSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CircuitDialerTest {
  private static final String RELAY = "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5";
  private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private CircuitDialer dialer(Node node) {
    return new CircuitDialer(
        node.host,
        new ReservationClient(node.host, Clock.system()),
        new CircuitMeters(nodes.meters));
  }

  /** Who the relay is has to be said, and nothing may be behind it but the peer. */
  @ParameterizedTest
  @CsvSource({
    "/ip4/192.0.2.1/tcp/1/p2p/RELAY/p2p-circuit, true",
    "/ip4/192.0.2.1/tcp/1/p2p/RELAY/p2p-circuit/p2p/PEER, true",
    "/p2p/RELAY/p2p-circuit/p2p/PEER, true",
    "/p2p/RELAY/p2p-circuit, true",
    "/ip4/192.0.2.1/tcp/1/p2p-circuit/p2p/PEER, false",
    "/p2p-circuit/p2p/PEER, false",
    "/p2p-circuit, false",
    "/ip4/192.0.2.1/tcp/1/p2p/RELAY, false",
    "/p2p/RELAY/p2p-circuit/p2p/PEER/p2p-circuit, false",
    "/p2p/RELAY/p2p-circuit/ip4/192.0.2.2/tcp/1, false",
  })
  void dialsThroughOneRelayThatIsNamed(String address, boolean dials) throws Exception {
    String whole = address.replace("RELAY", RELAY).replace("PEER", PEER);
    assertThat(dialer(nodes.node()).dials(Nodes.address(whole))).isEqualTo(dials);
  }

  /** The relay would say the same again: whoever waits for a dial is told what it was told. */
  @Test
  void aRefusalIsThatOfAllWhoWaitForTheSameDial() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    CircuitDialer dialer = dialer(nodes.node(PeerGate.open()));
    List<CompletableFuture<Dialled>> dials =
        java.util.stream.Stream.generate(
                () ->
                    dialer
                        .dial(Nodes.through(relay, target), target.id(), Nodes.WITHIN)
                        .toCompletableFuture())
            .limit(3)
            .toList();
    for (CompletableFuture<Dialled> dial : dials) {
      assertThat(failure(dial).status()).contains(CircuitStatus.NO_RESERVATION);
    }
    assertThat(nodes.count("relay.service.connection.rejections", "reason", "no_reservation"))
        .isEqualTo(1);
  }

  private static CircuitException failure(CompletableFuture<Dialled> dial) throws Exception {
    try {
      get(dial);
    } catch (ExecutionException failed) {
      return (CircuitException) failed.getCause();
    }
    throw new AssertionError("no failure");
  }

  /** Some bound circuits and do not say so: their agent tells it. */
  @ParameterizedTest
  @CsvSource({"rust-libp2p/0.56.0, true", "fairlead, false", "go-libp2p, false"})
  void aRelayThatIsKnownToBoundCircuitsIsLimited(String agent, boolean limited) throws Exception {
    HostSettings usual = HostSettings.DEFAULTS;
    HostSettings named =
        new HostSettings(
            usual.listen(),
            usual.securities(),
            usual.upgrade(),
            usual.resources(),
            usual.marks(),
            usual.peers(),
            agent);
    Node relay = nodes.node(PeerGate.open(), named, false, "/ip4/127.0.0.1/tcp/0");
    nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    get(get(source.host.connect(relay.id(), List.of(relay.at()))).identified());
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    assertThat(there.limited()).isEqualTo(limited);
  }

  /** What the relay said when it gave a place holds for a circuit of which it says nothing. */
  @Test
  void theBoundsOfAPlaceAreThoseOfCircuitsOfWhichNothingIsSaid() throws Exception {
    Node relay = nodes.node();
    WatchValue<RelayServiceSettings> settings =
        new WatchValue<>(Nodes.settings(ClassLimits.DEFAULTS));
    nodes.serve(relay, PeerGate.open(), RelayPolicy.open(), settings);
    Node target = nodes.node(PeerGate.open());
    Node source = nodes.node(PeerGate.open());
    Nodes.reserve(source, relay);
    settings.set(Nodes.settings(Nodes.UNLIMITED));
    Nodes.reserve(target, relay);
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    assertThat(there.limited()).isTrue();
    assertThat(Circuit.of(there).orElseThrow().limit()).isEqualTo(ClassLimits.DEFAULTS.circuit());
  }
}
