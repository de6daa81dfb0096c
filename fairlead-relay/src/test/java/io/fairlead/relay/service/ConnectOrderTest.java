package io.fairlead.relay.service;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of several reasons against a circuit the first is said, in the order of the protocol. */
class ConnectOrderTest {
  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  @ParameterizedTest
  @CsvSource({
    // circuits, asked over, target, answer
    "full, circuit, unreadable, RESOURCE_LIMIT_EXCEEDED",
    "full, direct,  absent,     RESOURCE_LIMIT_EXCEEDED",
    "room, circuit, unreadable, PERMISSION_DENIED",
    "room, circuit, placed,     PERMISSION_DENIED",
    "room, direct,  unreadable, MALFORMED_MESSAGE",
    "room, direct,  denied,     PERMISSION_DENIED",
    "room, direct,  absent,     NO_RESERVATION",
    "room, direct,  gone,       NO_RESERVATION",
    "room, direct,  placed,     OK",
  })
  void theFirstReasonIsSaid(String room, String way, String target, CircuitStatus said)
      throws Exception {
    Node other = nodes.node();
    nodes.serve(other, Nodes.settings(Nodes.UNLIMITED));
    Node relay = nodes.node();
    Node placed = nodes.node(PeerGate.open());
    PeerId denied = nodes.node(PeerGate.open()).id();
    RelayServiceSettings open = Nodes.settings(Nodes.UNLIMITED);
    WatchValue<RelayServiceSettings> settings = new WatchValue<>(open);
    nodes.serve(relay, PeerGate.open(), without(denied), settings);
    Nodes.reserve(relay, other);
    Nodes.reserve(placed, relay);
    if (room.equals("full")) {
      Node earlier = nodes.node(PeerGate.open());
      get(earlier.host.connect(placed.id(), List.of(Nodes.through(relay, placed))));
      settings.set(open.withBounds(Limit.OFF, Limit.OFF, Limit.OFF, Limit.atMost(1)));
    }
    Node source = nodes.node(PeerGate.open());
    Multiaddr at = way.equals("direct") ? relay.at() : Nodes.through(other, relay);
    get(source.host.connect(relay.id(), List.of(at)));

    byte[] id =
        switch (target) {
          case "unreadable" -> new byte[] {1, 2, 3};
          case "denied" -> denied.toBytes();
          case "placed" -> placed.id().toBytes();
          case "gone" -> left(relay).toBytes();
          default -> nodes.node(PeerGate.open()).id().toBytes();
        };
    assertThat(asked(source, relay, id)).isEqualTo(said);
    String reason = said.name().toLowerCase(Locale.ROOT);
    assertThat(nodes.count("relay.service.connection.rejections", "reason", reason))
        .isEqualTo(said == CircuitStatus.OK ? 0 : 1);
  }

  private static RelayPolicy without(PeerId denied) {
    return new RelayPolicy() {
      @Override
      public PeerClass classOf(PeerId peer) {
        return PeerClass.ANONYMOUS;
      }

      @Override
      public boolean allowConnect(PeerId source, Multiaddr from, PeerId target) {
        return !target.equals(denied);
      }
    };
  }

  /** One that had a place, which ended with its last connection. */
  private PeerId left(Node relay) throws Exception {
    Node gone = nodes.node(PeerGate.open());
    Nodes.reserve(gone, relay);
    var there = relay.host.connections(gone.id()).getFirst();
    gone.host.close();
    get(there.closed());
    return gone.id();
  }

  private static CircuitStatus asked(Node from, Node relay, byte[] target) throws Exception {
    try (BlockingStream hop = Nodes.open(from, relay, HopMessage.PROTOCOL)) {
      hop.out().write(Delimited.frame(new HopMessage.Connect(PeerMessage.of(target)).toBytes()));
      InputStream in = hop.in();
      int length = in.read();
      HopMessage answer = HopMessage.read(in.readNBytes(length));
      return CircuitStatus.of(((HopMessage.Status) answer).code()).orElseThrow();
    }
  }
}
