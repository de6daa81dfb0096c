package io.fairlead.relay.reachability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.Nodes;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class AdvertisedAddressesTest {
  private static final Multiaddr PUBLIC = Nodes.address("/ip4/8.8.8.8/tcp/4001");
  private static final Multiaddr PRIVATE = Nodes.address("/ip4/10.0.0.1/tcp/4001");
  private static final Multiaddr NAME = Nodes.address("/dns4/node.example.com/tcp/4001");
  private static final Multiaddr BARE = Nodes.address("/p2p-circuit");
  private static final Multiaddr RELAYED =
      Nodes.address(
          "/ip4/1.1.1.1/tcp/1/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq/p2p-circuit");
  private static final List<Multiaddr> OWN = List.of(PUBLIC, PRIVATE, NAME, BARE);

  private static List<Multiaddr> announced(
      Reachability reachability, Set<Multiaddr> reached, Set<Multiaddr> missed) {
    return new AdvertisedAddresses.Known(reachability, reached, missed, List.of(RELAYED))
        .announced(OWN, false);
  }

  @Test
  void whileNothingIsKnownAllIsSaid() {
    assertThat(announced(Reachability.UNKNOWN, Set.of(), Set.of()))
        .containsExactly(PUBLIC, PRIVATE, NAME);
    assertThat(announced(Reachability.PUBLIC, Set.of(), Set.of()))
        .containsExactly(PUBLIC, PRIVATE, NAME);
  }

  @Test
  void aHiddenNodeSaysItsRelaysInPlaceOfItsPublicAddresses() {
    assertThat(announced(Reachability.PRIVATE, Set.of(), Set.of()))
        .containsExactly(PRIVATE, RELAYED);
    var withoutRelays =
        new AdvertisedAddresses.Known(Reachability.PRIVATE, Set.of(), Set.of(), List.of());
    assertThat(withoutRelays.announced(OWN, false)).containsExactly(PUBLIC, PRIVATE, NAME);
  }

  @Test
  void whereAddressesWereTriedThatCountsAlone() {
    assertThat(announced(Reachability.PRIVATE, Set.of(PUBLIC), Set.of(NAME)))
        .containsExactly(PUBLIC, PRIVATE);
    assertThat(announced(Reachability.PUBLIC, Set.of(), Set.of(PUBLIC)))
        .containsExactly(PRIVATE, NAME, RELAYED);
  }

  @Test
  void whileAddressesAreTriedRelaysAreSaidBesideAll() {
    var known =
        new AdvertisedAddresses.Known(Reachability.UNKNOWN, Set.of(), Set.of(), List.of(RELAYED));
    assertThat(known.announced(OWN, true)).containsExactly(PUBLIC, PRIVATE, NAME, RELAYED);
    var reached =
        new AdvertisedAddresses.Known(Reachability.PUBLIC, Set.of(), Set.of(), List.of(RELAYED));
    assertThat(reached.announced(OWN, true)).containsExactly(PUBLIC, PRIVATE, NAME);
  }

  @Test
  void eventsAreFollowedAtOnce() throws Exception {
    try (Nodes nodes = new Nodes()) {
      Nodes.Node node = nodes.node();
      try (AdvertisedAddresses advertised =
          new AdvertisedAddresses(node.host, UnaryOperator.identity())) {
        advertised.start();
        node.host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.PRIVATE));
        node.host.events().emit(new HostEvent.AutoRelayAddressesUpdated(List.of(RELAYED)));
        await().atMost(Nodes.WITHIN).until(() -> node.host.addresses().contains(RELAYED));
        await()
            .atMost(Nodes.WITHIN)
            .until(() -> advertised.advertised().current().contains(RELAYED));
        node.host.events().emit(new HostEvent.AutoRelayAddressesUpdated(List.of()));
        await().atMost(Nodes.WITHIN).until(() -> !node.host.addresses().contains(RELAYED));
      }
    }
  }
}
