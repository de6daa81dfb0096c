package io.fairlead.relay;

import static io.fairlead.relay.Nodes.address;
import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.relay.Nodes.Node;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeGateTest {
  private static final Multiaddr PRIVATE = address("/ip4/10.0.0.7/tcp/4001");
  private static final Multiaddr NAMED = address("/dns4/relay.home.example/tcp/4001");

  private final Nodes nodes = new Nodes();
  private final NodeGate gate =
      new NodeGate(
          PeerGate.open(),
          new OwnAddresses() {
            @Override
            public boolean isOwn(InetSocketAddress address) {
              return false;
            }

            @Override
            public boolean isControl(InetSocketAddress address) {
              return address.getPort() == 9900;
            }
          });

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  @Test
  void whatNobodyTypedIsDialledOnlyWhereItIsPublic() {
    assertThat(gate.mayDial(address("/ip4/8.8.8.8/tcp/4001"))).isTrue();
    assertThat(gate.mayDial(PRIVATE)).isFalse();
    assertThat(gate.mayDial(NAMED, PRIVATE)).isFalse();
  }

  @Test
  void aNameThatWasTypedIsMeantWhereverItLeads() {
    gate.configured(List.of(NAMED));
    assertThat(gate.mayDial(NAMED, PRIVATE)).isTrue();
    assertThat(gate.mayDial(address("/dns4/other.example/tcp/4001"), PRIVATE)).isFalse();
    assertThat(gate.mayDial(address("/dns4/relay.home.example/tcp/22"), PRIVATE)).isFalse();
    assertThat(gate.mayDial(PRIVATE)).isFalse();
    assertThat(gate.mayDial(NAMED, address("/ip4/127.0.0.1/tcp/9900"))).isFalse();

    gate.configured(List.of());
    assertThat(gate.mayDial(NAMED, PRIVATE)).isFalse();
    gate.listed(List.of(NAMED));
    assertThat(gate.mayDial(NAMED, PRIVATE)).isTrue();
    gate.listed(List.of());
    gate.asked(List.of(NAMED));
    assertThat(gate.mayDial(NAMED, PRIVATE)).isTrue();
  }

  @Test
  void aRelayThatIsTypedByNameIsReachedAndSoIsWhoIsBehindIt() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Multiaddr name =
        address(
            relay
                .host
                .listening()
                .getFirst()
                .toString()
                .replace("/ip4/127.0.0.1", "/dns4/localhost"));
    Node typist = nodes.node(gate);
    Multiaddr behind = address(name.withPeer(relay.id()) + "/p2p-circuit/p2p/" + target.id());
    assertThatThrownBy(() -> get(typist.host.connect(relay.id(), List.of(name))))
        .hasMessageContaining("not allowed");
    gate.configured(List.of(behind));
    assertThat(get(typist.host.connect(target.id(), List.of(behind))).remote())
        .isEqualTo(target.id());
    assertThat(typist.host.connections(relay.id())).hasSize(1);
  }
}
