package io.fairlead.relay.circuit;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.host.Connectedness;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerDialException;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.RelayService;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two nodes that meet at a third. */
class CircuitTest {
  private final Nodes nodes = new Nodes();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  @Test
  void aPeerWithAPlaceIsReachedThroughItsRelayAndTheConnectionIsSecuredEndToEnd() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());

    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));

    assertThat(there.remote()).isEqualTo(target.id());
    assertThat(there.limited()).isTrue();
    assertThat(there.remoteAddress().toString()).isEqualTo(relay.at() + "/p2p-circuit");
    CircuitLimit limit =
        new CircuitLimit(Optional.of(Duration.ofSeconds(120)), Optional.of(131_072L));
    assertThat(Circuit.of(there)).contains(new Circuit(relay.id(), limit));
    assertThat(source.host.connectedness(target.id())).isEqualTo(Connectedness.LIMITED);
    await().atMost(Nodes.WITHIN).until(() -> !target.host.connections(source.id()).isEmpty());
    Connection here = target.host.connections(source.id()).getFirst();
    assertThat(here.inbound()).isTrue();
    assertThat(here.limited()).isTrue();
    assertThat(Circuit.of(here)).contains(new Circuit(relay.id(), limit));
    assertThat(service.circuits()).hasSize(1);
    assertThat(source.host.keeper().worth(relay.id())).isEqualTo(5);
    assertThat(relay.host.keeper().worth(target.id())).isEqualTo(12);

    // Streams need to say that a limited way will do.
    assertThatThrownBy(() -> source.host.blocking().open(target.id(), Nodes.ECHO))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(PeerDialException.class);

    there.close(0);
    await().atMost(Nodes.WITHIN).until(() -> target.host.connections(source.id()).isEmpty());
    await().atMost(Nodes.WITHIN).until(() -> service.circuits().isEmpty());
    await().atMost(Nodes.WITHIN).until(() -> source.host.keeper().worth(relay.id()) == 0);
  }

  @Test
  void muchPassesThroughARelayThatBoundsNothingBothWaysAtOnce() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    assertThat(there.limited()).isFalse();
    assertThat(there.relayed()).isTrue();

    byte[] sent = new byte[6_000_000];
    new Random(20261122).nextBytes(sent);
    try (BlockingStream stream = source.host.blocking().open(target.id(), Nodes.ECHO)) {
      stream.timeout(Nodes.WITHIN);
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      stream.out().write(sent);
                      stream.closeWrite();
                    } catch (IOException failed) {
                      stream.reset(1);
                    }
                  });
      assertThat(Arrays.equals(stream.in().readAllBytes(), sent)).isTrue();
      assertThat(writer.join(Nodes.WITHIN)).isTrue();
    }
    assertThat(service.circuits().getFirst().forthBytes()).isGreaterThan(6_000_000);
    assertThat(service.circuits().getFirst().backBytes()).isGreaterThan(6_000_000);
  }

  @Test
  void aPeerWithoutAPlaceIsNotReached() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node target = nodes.node(PeerGate.open());
    get(target.host.connect(relay.id(), List.of(relay.at())));
    Node source = nodes.node(PeerGate.open());
    assertThat(failure(source.host.connect(target.id(), List.of(Nodes.through(relay, target)))))
        .isInstanceOf(PeerDialException.class)
        .hasMessageContaining("NO_RESERVATION");
  }

  @Test
  void aNodeAnswersOnlyRelaysItAskedUnlessItIsToldToAnswerAll() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    target.client.reservations().drop(relay.id()); // forgotten here, kept there
    Node source = nodes.node(PeerGate.open());
    assertThat(failure(source.host.connect(target.id(), List.of(Nodes.through(relay, target)))))
        .hasMessageContaining("CONNECTION_FAILED");
    assertThat(nodes.count("relay.circuit.requests", "result", "accept_refused")).isEqualTo(1);
  }

  @Test
  void whoMayNotLogInIsNotAcceptedThroughARelayEither() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Nodes.Members members = new Nodes.Members();
    Node target = nodes.node(members);
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    members.remove(source.id());
    assertThat(failure(source.host.connect(target.id(), List.of(Nodes.through(relay, target)))))
        .hasMessageContaining("CONNECTION_FAILED");
  }

  @Test
  void manyWhoDialAtOnceShareOneCircuit() throws Exception {
    Node relay = nodes.node();
    RelayService service = nodes.serve(relay, Nodes.settings(Nodes.UNLIMITED));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    List<CompletionStage<Connection>> dials =
        java.util.stream.IntStream.range(0, 8)
            .mapToObj(_ -> source.host.connect(target.id(), List.of(Nodes.through(relay, target))))
            .toList();
    for (CompletionStage<Connection> dial : dials) {
      assertThat(get(dial)).isSameAs(get(dials.getFirst()));
    }
    assertThat(service.circuits()).hasSize(1);
    assertThat(
            get(
                source.host.connect(
                    target.id(), List.of(Nodes.through(relay, target)), OpenOptions.DEFAULTS)))
        .isSameAs(get(dials.getFirst()));
  }

  @Test
  void theEndOfTheRelaysConnectionEndsTheCircuit() throws Exception {
    Node relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
    Node target = nodes.node(PeerGate.open());
    Nodes.reserve(target, relay);
    Node source = nodes.node(PeerGate.open());
    Connection there = get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
    assertThat(target.client.held()).hasSize(1);
    relay.host.close();
    get(there.closed());
    await().atMost(Nodes.WITHIN).until(() -> target.host.connections().isEmpty());
    assertThat(target.client.held()).isEmpty();
  }

  private static Throwable failure(CompletionStage<?> stage) {
    try {
      get(stage);
    } catch (ExecutionException failed) {
      return failed.getCause();
    } catch (Exception other) {
      return other;
    }
    throw new AssertionError("no failure");
  }
}
