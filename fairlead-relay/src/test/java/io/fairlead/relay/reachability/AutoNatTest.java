package io.fairlead.relay.reachability;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.AutoNat2Message;
import io.fairlead.relay.codec.AutoNatMessage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutoNatTest {
  private final Nodes nodes = new Nodes();
  private final Clock clock = Clock.system();
  private final Randomness randomness = Randomness.system();

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private static ReachabilitySettings quick() {
    return ReachabilitySettings.DEFAULTS
        .withTimes(
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofMillis(1))
        .trying(_ -> true);
  }

  // ---- the first version --------------------------------------------------------------------

  private Node answering(int status, AtomicInteger asked) throws Exception {
    Node server = nodes.node();
    server
        .host
        .blocking()
        .handle(
            AutoNatMessage.PROTOCOL,
            stream -> {
              asked.incrementAndGet();
              stream
                  .out()
                  .write(
                      Delimited.frame(
                          new AutoNatMessage.DialResponse(status, "", Optional.empty()).toBytes()));
            });
    return server;
  }

  @Test
  void whatPeersFindIsToldWhenItChanges() throws Exception {
    Node node = nodes.node();
    AtomicInteger asked = new AtomicInteger();
    Node server = answering(AutoNatMessage.OK, asked);
    get(node.host.connect(server.id(), List.of(server.at())));
    List<HostEvent> told = new CopyOnWriteArrayList<>();
    node.host
        .events()
        .subscribe("test", Set.of(HostEvent.LocalReachabilityChanged.class), 16, told::add);
    try (AutoNatClient client =
        new AutoNatClient(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      client.start();
      await().atMost(Nodes.WITHIN).until(() -> client.confidence() == 3);
      assertThat(client.reachability()).isEqualTo(Reachability.PUBLIC);
      assertThat(told).containsExactly(new HostEvent.LocalReachabilityChanged(Reachability.PUBLIC));
      assertThat(client.lastProbe()).isPresent();
      server
          .host
          .blocking()
          .handle(
              AutoNatMessage.PROTOCOL,
              stream ->
                  stream
                      .out()
                      .write(
                          Delimited.frame(
                              new AutoNatMessage.DialResponse(
                                      AutoNatMessage.DIAL_ERROR, "", Optional.empty())
                                  .toBytes())));
      await().atMost(Nodes.WITHIN).until(() -> client.reachability() == Reachability.PRIVATE);
    }
    int before = asked.get();
    assertThat(before).isGreaterThanOrEqualTo(4);
  }

  @Test
  void aRefusalSaysNothingAndAForcedAnswerAsksNobody() throws Exception {
    Node node = nodes.node();
    AtomicInteger asked = new AtomicInteger();
    Node server = answering(AutoNatMessage.DIAL_REFUSED, asked);
    get(node.host.connect(server.id(), List.of(server.at())));
    try (AutoNatClient client =
        new AutoNatClient(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      client.start();
      await().atMost(Nodes.WITHIN).until(() -> asked.get() >= 1);
      assertThat(client.reachability()).isEqualTo(Reachability.UNKNOWN);
    }
    int before = asked.get();
    try (AutoNatClient forced =
        new AutoNatClient(
            node.host,
            quick().forcing(Reachability.PRIVATE),
            nodes.loops.group().next(),
            randomness,
            clock)) {
      forced.start();
      forced.probeNow();
      assertThat(forced.reachability()).isEqualTo(Reachability.PRIVATE);
      assertThat(asked.get()).isLessThanOrEqualTo(before + 1);
    }
  }

  // ---- the second ---------------------------------------------------------------------------

  private AutoNat2Server serve(Node node, Predicate<Multiaddr> addresses) {
    AutoNat2Server server =
        new AutoNat2Server(
            node.host,
            PeerGate.open(),
            new BackDialer(nodes.loops, clock, randomness),
            addresses,
            randomness,
            clock);
    server.start();
    return server;
  }

  private ProbeOutcome probe(Node node, Node server, String... addresses) throws Exception {
    DialBacks backs = new DialBacks();
    node.host.handle(
        AutoNat2Message.DIAL_BACK, io.fairlead.libp2p.host.HandlerOptions.DEFAULTS, backs::opened);
    Connection to = get(node.host.connect(server.id(), List.of(server.at())));
    List<Multiaddr> asked = List.of(addresses).stream().map(Nodes::address).toList();
    return get(new AddressProbe(node.host, backs, asked, 4711).ask(to));
  }

  @Test
  void anAddressIsDialledBackAndTheNumberHeard() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node();
    String at = node.host.listening().getFirst().toString();
    assertThat(probe(node, server, "/p2p-circuit", "/udp/1/quic-v1", at))
        .isEqualTo(new ProbeOutcome.Reached(Nodes.address(at)));
    assertThat(server.host.connections()).hasSize(1); // not by the node itself
  }

  @Test
  void anAddressWhereNobodyListensIsMissed() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node();
    Node gone = nodes.node();
    String at = gone.host.listening().getFirst().toString();
    gone.host.close();
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Missed(Nodes.address(at)));
  }

  @Test
  void anAddressOfSomebodyElseIsMissedToo() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node();
    Node other = nodes.node();
    String at = other.host.listening().getFirst().toString();
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Missed(Nodes.address(at)));
  }

  @Test
  void anotherAddressThanTheOneSeenIsPaidFor() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node(PeerGate.open(), "/ip4/127.0.0.2/tcp/0");
    String at = node.host.listening().getFirst().toString();
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Reached(Nodes.address(at)));
  }

  @Test
  void onlyPublicAddressesAreDialledUnlessItIsToldOtherwise() throws Exception {
    Node server = nodes.node();
    serve(server, ReachabilitySettings.DEFAULTS.addresses());
    Node node = nodes.node();
    assertThat(probe(node, server, node.host.listening().getFirst().toString()))
        .isEqualTo(new ProbeOutcome.Refused());
  }

  @Test
  void onePeerDoesNotAskWithoutEnd() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node();
    String at = node.host.listening().getFirst().toString();
    for (int i = 0; i < 12; i++) {
      assertThat(probe(node, server, at)).isInstanceOf(ProbeOutcome.Reached.class);
    }
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Refused());
  }

  @Test
  void whoSaysThatItDialledIsNotBelieved() throws Exception {
    Node liar = nodes.node();
    liar.host
        .blocking()
        .handle(
            AutoNat2Message.DIAL_REQUEST,
            stream ->
                stream
                    .out()
                    .write(
                        Delimited.frame(
                            new AutoNat2Message.DialResponse(
                                    AutoNat2Message.RESPONSE_OK, 0, AutoNat2Message.DIAL_OK)
                                .toBytes())));
    Node node = nodes.node();
    assertThat(probe(node, liar, node.host.listening().getFirst().toString()))
        .isInstanceOf(ProbeOutcome.Failed.class);
  }

  @Test
  void theProberComesToAVerdictAndTellsIt() throws Exception {
    Node node = nodes.node();
    for (int i = 0; i < 3; i++) {
      Node server = nodes.node();
      serve(server, _ -> true);
      get(node.host.connect(server.id(), List.of(server.at())));
    }
    try (AddressProber prober =
        new AddressProber(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      List<HostEvent> told = new CopyOnWriteArrayList<>();
      node.host
          .events()
          .subscribe("test", Set.of(HostEvent.HostReachableAddressesChanged.class), 16, told::add);
      prober.start();
      Multiaddr at = node.host.listening().getFirst();
      await().atMost(Nodes.WITHIN).until(() -> prober.verdicts().get(at) == Reachability.PUBLIC);
      await()
          .atMost(Nodes.WITHIN)
          .until(
              () ->
                  told.contains(
                      new HostEvent.HostReachableAddressesChanged(
                          List.of(at), List.of(), List.of())));
    }
  }

  @Test
  void transportsAreComparedByTheirKind() {
    Multiaddr seen = Nodes.address("/ip4/10.0.0.1/tcp/55555");
    assertThat(DialBacks.consistent(Nodes.address("/dns4/a.example/tcp/1"), seen)).isTrue();
    assertThat(DialBacks.consistent(Nodes.address("/ip4/1.1.1.1/tcp/1/ws"), seen)).isFalse();
    assertThat(
            DialBacks.consistent(
                Nodes.address("/ip4/1.1.1.1/tcp/1/tls/sni/a.example/ws"),
                Nodes.address("/ip6/::1/tcp/9/wss")))
        .isTrue();
  }
}
