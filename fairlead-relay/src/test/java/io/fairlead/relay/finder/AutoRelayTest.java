package io.fairlead.relay.finder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reachability.AdvertisedAddresses;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.relay.service.RelayServiceSettings.Mode;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.StaticRelays;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The finder on real nodes with real relays. */
class AutoRelayTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final RelayServiceSettings ON = RelayServiceSettings.DEFAULTS.in(Mode.ON);

  private final Nodes nodes = new Nodes();
  private final List<FinderNews> news = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> parts = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part : parts.reversed()) part.close();
    nodes.close();
  }

  private HistoryFile history = HistoryFile.forgotten();

  private FinderDriver finder(Node node, AutoRelay auto, List<Multiaddr> relays, int wanted) {
    FinderSettings settings =
        FinderScene.withGrace(
            FinderSettings.DEFAULTS.forList(relays.size()).withNumRelays(wanted),
            Duration.ofSeconds(2));
    FinderDriver finder =
        new FinderDriver(
            new FinderDriver.Ground(
                node.host,
                node.client.reservations(),
                StaticRelays.typed(relays),
                Networks.NONE,
                history,
                auto::published,
                nodes.loops.group(),
                Clock.system(),
                Randomness.system()),
            settings,
            news::add,
            nodes.meters);
    parts.add(finder);
    return finder;
  }

  private AutoRelay auto(Node node) {
    AdvertisedAddresses advertised = new AdvertisedAddresses(node.host, said -> said);
    advertised.start();
    parts.add(advertised);
    AutoRelay auto = new AutoRelay(node.host);
    auto.start();
    parts.add(auto);
    return auto;
  }

  @Test
  void aNodeBehindARelaySaysSoAndIsReached() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, ON);
    Node hidden = nodes.node(PeerGate.open());
    AutoRelay auto = auto(hidden);
    FinderDriver finder = finder(hidden, auto, List.of(relay.at()), 1);
    auto.use(finder);
    hidden.host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.PRIVATE));

    Multiaddr through = FinderScene.address(relay.at() + "/p2p-circuit");
    await().atMost(WITHIN).until(() -> hidden.host.addresses().contains(through));
    assertThat(hidden.host.keeper().isProtected(relay.id())).isTrue();
    FinderReport report = finder.report();
    assertThat(report.relays()).hasSize(1);
    assertThat(report.relays().getFirst().roundTrip()).isPresent();

    Node visitor = nodes.node(PeerGate.open());
    visitor
        .host
        .connect(hidden.id(), List.of(through))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    assertThat(visitor.host.connections(hidden.id())).hasSize(1);
  }

  /** The next finder begins with what this one learned: it is on the disk when this one ends. */
  @Test
  void whatWasLearnedOfRelaysIsThereAfterARestart(@TempDir Path dir) throws Exception {
    history = HistoryFile.in(dir.resolve("relay.history"));
    Node relay = nodes.node();
    nodes.serve(relay, ON);
    Node hidden = nodes.node(PeerGate.open());
    AutoRelay auto = auto(hidden);
    FinderDriver finder = finder(hidden, auto, List.of(relay.at()), 1);
    auto.use(finder);
    await().atMost(WITHIN).until(() -> finder.report().held() == 1);
    finder.close();

    Remembered kept = HistoryFile.in(dir.resolve("relay.history")).read().getFirst();
    assertThat(kept.peer()).isEqualTo(relay.id());
    assertThat(kept.grants()).isCloseTo(1, within(0.01)); // fades
    assertThat(kept.trip()).isPresent();
    assertThat(kept.limit()).isPresent();
  }

  @Test
  void aPublicNodeNeedsNoRelay() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, ON);
    Node node = nodes.node();
    AutoRelay auto = auto(node);
    FinderDriver finder = finder(node, auto, List.of(relay.at()), 1);
    auto.use(finder);
    await().atMost(WITHIN).until(() -> finder.report().held() == 1);

    node.host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.PUBLIC));
    await().atMost(WITHIN).until(() -> !finder.report().running());
    assertThat(finder.report().published()).isEmpty();
    assertThat(node.host.keeper().isProtected(relay.id())).isFalse();
  }

  @Test
  void anotherRelayTakesOverAfterTheGrace() throws Exception {
    List<Node> relays = List.of(nodes.node(), nodes.node());
    List<RelayService> services = new ArrayList<>();
    for (Node each : relays) services.add(nodes.serve(each, ON));
    Node hidden = nodes.node(PeerGate.open());
    AutoRelay auto = auto(hidden);
    FinderDriver finder = finder(hidden, auto, relays.stream().map(Node::at).toList(), 1);
    auto.use(finder);
    await().atMost(WITHIN).until(() -> finder.report().held() == 1);

    Node used =
        relays.stream()
            .filter(each -> each.id().equals(finder.report().relays().getFirst().peer()))
            .findFirst()
            .orElseThrow();
    services.get(relays.indexOf(used)).close();
    used.host.close();
    await()
        .atMost(WITHIN)
        .until(
            () ->
                finder.report().relays().stream()
                    .anyMatch(
                        each -> each.state().equals("held") && !each.peer().equals(used.id())));
    assertThat(news).contains(new FinderNews.Ended(used.id(), FinderNews.EndReason.DISCONNECTED));
  }

  @Test
  void anOperatorReservesWhereHeLikes() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, ON);
    Node plain = nodes.node();
    Node hidden = nodes.node(PeerGate.open());
    AutoRelay auto = auto(hidden);
    FinderDriver finder = finder(hidden, auto, List.of(plain.at()), 1);
    auto.use(finder);

    ReserveResult refused =
        finder
            .reserveOn(RelayPeer.typed(plain.at()))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(refused).isNotEqualTo(ReserveResult.SUCCESS);
    ReserveResult granted =
        finder
            .reserveOn(RelayPeer.typed(relay.at()))
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
    assertThat(granted).isEqualTo(ReserveResult.SUCCESS);
    await().atMost(WITHIN).until(() -> finder.report().held() == 1);

    finder.drop(relay.id());
    await().atMost(WITHIN).until(() -> finder.report().held() == 0);
    assertThat(finder.report().backoffs())
        .anyMatch(each -> each.peer().equals(relay.id()) && each.reason().equals("dropped"));
    finder.clearBackoff(new FinderInput.ClearBackoff(Optional.empty()));
    await().atMost(WITHIN).until(() -> finder.report().backoffs().isEmpty());
  }
}
