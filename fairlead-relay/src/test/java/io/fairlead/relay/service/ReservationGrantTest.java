package io.fairlead.relay.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.reservation.Reservation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a relay gives with a place, and what is left when it gives none any more. */
class ReservationGrantTest {
  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  @Test
  void itsPublicAddressesAreGivenWithItsIdAndThoseOfOthersAreNot() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Multiaddr plain = Nodes.address("/ip4/9.9.9.9/tcp/4001");
    Multiaddr whole = Nodes.address("/ip4/9.9.9.10/tcp/4001").withPeer(relay.id());
    List<Multiaddr> known =
        List.of(
            plain,
            whole,
            Nodes.address("/ip4/9.9.9.11/tcp/1").withPeer(PrivateKey.generate().peerId()),
            Nodes.address("/ip4/10.0.0.1/tcp/4001"),
            Nodes.address("/ip4/9.9.9.12/tcp/1/p2p/" + nodes.node().id() + "/p2p-circuit"));
    relay.host.announce(_ -> known);
    await().atMost(Nodes.WITHIN).until(() -> relay.host.addresses().containsAll(known));

    Instant before = Clock.system().wall();
    Reservation given = Nodes.reserve(nodes.node(PeerGate.open()), relay);
    assertThat(given.addresses()).containsExactlyInAnyOrder(plain.withPeer(relay.id()), whole);
    assertThat(given.limit()).isEqualTo(ClassLimits.DEFAULTS.circuit());
    assertThat(given.expires())
        .isBetween(before.plus(Duration.ofMinutes(59)), before.plus(Duration.ofMinutes(61)));
    assertThat(given.voucher().orElseThrow().expiration()).isEqualTo(given.expires());
  }

  /** Whoever talks goes on; with the end of the process it is cut when there is no more time. */
  @Test
  void circuitsOutliveTheEndOfTheServiceAndAreCutWithTheNode() throws Exception {
    Node relay = nodes.node();
    WatchValue<RelayServiceSettings> settings = new WatchValue<>(Nodes.settings(Nodes.UNLIMITED));
    RelayService service = nodes.serve(relay, PeerGate.open(), RelayPolicy.open(), settings);
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    Connection there =
        Nodes.get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    settings.set(settings.current().in(RelayServiceSettings.Mode.OFF));
    assertThat(service.places()).isEmpty();
    assertThat(service.circuits()).hasSize(1);
    try (var echo = source.host.blocking().open(target.id(), Nodes.ECHO)) {
      echo.out().write(7);
      assertThat(echo.in().read()).isEqualTo(7);
    }
    service.drain(Deadline.in(Clock.system(), Duration.ofMillis(100)));
    assertThat(there.wire().isOpen()).isTrue();
    service.close();
    Nodes.get(there.closed());
  }
}
