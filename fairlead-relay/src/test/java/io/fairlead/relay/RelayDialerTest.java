package io.fairlead.relay;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.service.ClassLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelayDialerTest {
  private static final Duration IN_TIME = Duration.ofSeconds(20);

  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private static Throwable failure(RelayDialer dialer, Destination destination) {
    try {
      get(dialer.dial(destination, IN_TIME));
    } catch (ExecutionException failed) {
      return failed.getCause();
    } catch (Exception other) {
      return other;
    }
    throw new AssertionError("no failure");
  }

  @Test
  void aPeerIsADestinationLikeAnotherAlsoBehindARelay() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    RelayDialer dialer = new RelayDialer(source.host, false);
    StreamChannel stream =
        get(dialer.dial(new Destination.Peer(target.id().toString(), Nodes.ECHO), IN_TIME));
    assertThat(stream.isActive()).isTrue();
    assertThat(stream.config().isAutoRead()).isFalse();
    assertThat(stream.protocol()).isEqualTo(Nodes.ECHO);
    stream.reset(0);
  }

  @Test
  void whatGoesWrongIsToldInTheWordsOfDials() throws Exception {
    Node source = nodes.node(PeerGate.open());
    RelayDialer dialer = new RelayDialer(source.host, false);
    String nobody = PrivateKey.generate().peerId().toString();
    assertThat(failure(dialer, new Destination.HostPort("localhost", 1)))
        .isInstanceOf(DialException.Unresolved.class);
    assertThat(failure(dialer, new Destination.Peer("nonsense", "/x")))
        .isInstanceOf(DialException.Unresolved.class);
    assertThat(failure(dialer, new Destination.Peer(nobody, "/x")))
        .isInstanceOf(DialException.Unresolved.class);
    Node other = nodes.node();
    get(source.host.connect(other.id(), List.of(other.at())));
    assertThat(failure(dialer, new Destination.Peer(other.id().toString(), "/not/spoken")))
        .isInstanceOf(DialException.Refused.class);
  }

  @Test
  void aLimitedWayWillDoOnlyWhereThatIsSaid() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    Destination destination = new Destination.Peer(target.id().toString(), "/ipfs/ping/1.0.0");
    assertThat(failure(new RelayDialer(source.host, false), destination))
        .isInstanceOf(DialException.Unreachable.class);
    get(new RelayDialer(source.host, true).dial(destination, IN_TIME)).reset(0);
  }
}
