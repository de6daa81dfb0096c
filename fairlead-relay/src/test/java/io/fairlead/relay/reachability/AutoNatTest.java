package io.fairlead.relay.reachability;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.AutoNat2Message;
import io.fairlead.relay.codec.AutoNatMessage;
import io.fairlead.relay.codec.DialBackMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.netty.MessageStream;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutoNatTest {
  private final Nodes nodes = new Nodes();
  private final Clock clock = Clock.system();
  private final Randomness randomness = Randomness.system();
  private final SimpleMeterRegistry counted = new SimpleMeterRegistry();
  private final Meters meters = new Meters(counted);

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

  @Test
  void whoMeetsSomebodyToAskDoesNotWaitForTheNextTime() throws Exception {
    Node node = nodes.node();
    AtomicInteger asked = new AtomicInteger();
    Node server = answering(AutoNatMessage.OK, asked);
    ReachabilitySettings slow =
        ReachabilitySettings.DEFAULTS
            .withTimes(
                Duration.ofMillis(1), Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1))
            .trying(_ -> true);
    try (AutoNatClient client =
        new AutoNatClient(node.host, slow, nodes.loops.group().next(), randomness, clock)) {
      client.start();
      get(node.host.connect(server.id(), List.of(server.at())));
      await().atMost(Nodes.WITHIN).until(() -> client.reachability() == Reachability.PUBLIC);
    }
  }

  private Node serving(Duration dialTime, Predicate<Multiaddr> addresses) throws Exception {
    Node server = nodes.node();
    new AutoNatServer(
            server.host,
            PeerGate.open(),
            new BackDialer(nodes.loops, clock, randomness),
            addresses,
            dialTime,
            randomness,
            clock,
            new AnswerMeters(meters))
        .start();
    return server;
  }

  private AutoNatMessage.DialResponse ask(Node node, Node server, PeerId whom, String... at)
      throws Exception {
    Connection to = get(node.host.connect(server.id(), List.of(server.at())));
    MessageStream stream =
        get(
            MessageStream.open(
                node.host, to, AutoNatMessage.PROTOCOL, AutoNatMessage.BYTES_MAX, Nodes.WITHIN));
    List<byte[]> addresses = Stream.of(at).map(Nodes::address).map(Multiaddr::toBytes).toList();
    stream.send(new AutoNatMessage.Dial(new PeerMessage(whom.toBytes(), addresses)).toBytes());
    byte[] answer = get(stream.next(Nodes.WITHIN));
    stream.close();
    return (AutoNatMessage.DialResponse) AutoNatMessage.read(answer);
  }

  @Test
  void aPeerIsDialledWhereItIsSeenWithThePortsItNames() throws Exception {
    Node server = serving(AutoNatServer.DIAL_TIME, _ -> true);
    Node node = nodes.node();
    String port = node.host.listening().getFirst().toString().replaceFirst("^/ip4/[^/]+", "");
    var answer =
        ask(node, server, node.id(), "/dns4/elsewhere.example" + port, "/ip4/9.9.9.9" + port);
    assertThat(answer.status()).isEqualTo(AutoNatMessage.OK);
    assertThat(Multiaddr.of(answer.address().orElseThrow()))
        .isEqualTo(Nodes.address("/ip4/127.0.0.1" + port));
    assertThat(server.host.connections()).hasSize(1); // not by the node itself
    assertThat(answers("v1", "reached")).isEqualTo(1);
  }

  @Test
  void thatNobodyIsThereIsSaidWhenTheTimeIsOver() throws Exception {
    Duration time = Duration.ofMillis(700);
    Node server = serving(time, _ -> true);
    Node node = nodes.node(PeerGate.open()); // what listens dials from there
    Node gone = nodes.node();
    String at = gone.host.listening().getFirst().toString();
    gone.host.close();
    long before = System.nanoTime();
    assertThat(ask(node, server, node.id(), at).status()).isEqualTo(AutoNatMessage.DIAL_ERROR);
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(time.toNanos());
    assertThat(answers("v1", "missed")).isEqualTo(1);
  }

  @Test
  void nobodyIsDialledForOthersNorAtPrivateAddressesNorOften() throws Exception {
    Node server = serving(Duration.ofMillis(10), _ -> true);
    Node node = nodes.node();
    Node other = nodes.node();
    String at = node.host.listening().getFirst().toString();
    assertThat(ask(node, server, other.id(), at).status()).isEqualTo(AutoNatMessage.BAD_REQUEST);
    for (int i = 0; i < 3; i++) {
      assertThat(ask(node, server, node.id(), at).status())
          .isNotEqualTo(AutoNatMessage.DIAL_REFUSED);
    }
    assertThat(ask(node, server, node.id(), at).status()).isEqualTo(AutoNatMessage.DIAL_REFUSED);
    assertThat(answers("v1", "too_many")).isEqualTo(1);
    Node strict = serving(Duration.ofMillis(10), ReachabilitySettings.DEFAULTS.addresses());
    assertThat(ask(node, strict, node.id(), at).status()).isEqualTo(AutoNatMessage.DIAL_REFUSED);
    assertThat(answers("v1", "refused")).isEqualTo(1);
  }

  /** What the client makes of the server's answers, each under its own limits. */
  @Test
  void theTwoOfTheFirstVersionAgree() throws Exception {
    Node server = serving(AutoNatServer.DIAL_TIME, _ -> true);
    Node node = nodes.node();
    get(node.host.connect(server.id(), List.of(server.at())));
    try (AutoNatClient client =
        new AutoNatClient(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      client.start();
      await().atMost(Nodes.WITHIN).until(() -> client.confidence() >= 1);
      assertThat(client.reachability()).isEqualTo(Reachability.PUBLIC);
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
            clock,
            new AnswerMeters(meters));
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
    Node node = nodes.node(PeerGate.open(), TWO);
    get(node.host.connect(server.id(), List.of(server.at())));
    String at = elsewhere(node, server).toString();
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Reached(Nodes.address(at)));
  }

  private static final String[] TWO = {"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.2/tcp/0"};

  /** Where a node listens, but not where it is seen. */
  private static Multiaddr elsewhere(Node node, Node server) {
    await().atMost(Nodes.WITHIN).until(() -> server.host.connections().size() == 1);
    Multiaddr seen = server.host.connections().iterator().next().remoteAddress();
    return node.host.listening().stream()
        .filter(each -> !place(each).equals(place(seen)))
        .findFirst()
        .orElseThrow();
  }

  private static String place(Multiaddr address) {
    return address.components().getFirst().toString();
  }

  @Test
  void whoWouldRatherTryAnotherAddressRefusedTheFirst() throws Exception {
    Node server = nodes.node();
    Node node = nodes.node(PeerGate.open(), TWO);
    List<Multiaddr> at = node.host.listening().stream().sorted().toList();
    serve(server, address -> !address.equals(at.getFirst()));
    get(node.host.connect(server.id(), List.of(server.at())));
    try (AddressProber prober =
        new AddressProber(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      prober.start();
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> prober.verdicts().get(at.getLast()) == Reachability.PUBLIC);
      // Five refusals, and it is left alone while the other is sure.
      double asked = answers("v2", "reached") + answers("v2", "refused");
      assertThat(prober.verdicts().get(at.getFirst())).isEqualTo(Reachability.UNKNOWN);
      assertThat(asked).isLessThanOrEqualTo(12);
    }
  }

  @Test
  void aPaymentInCrumbsIsNone() throws Exception {
    Node server = nodes.node();
    serve(server, _ -> true);
    Node node = nodes.node(PeerGate.open(), TWO);
    Connection to = get(node.host.connect(server.id(), List.of(server.at())));
    MessageStream stream =
        get(
            MessageStream.open(
                node.host,
                to,
                AutoNat2Message.DIAL_REQUEST,
                AutoNat2Message.BYTES_MAX,
                Nodes.WITHIN));
    byte[] at = elsewhere(node, server).toBytes();
    stream.send(new AutoNat2Message.DialRequest(List.of(at), 1).toBytes());
    assertThat(AutoNat2Message.read(get(stream.next(Nodes.WITHIN))))
        .isInstanceOf(AutoNat2Message.DataRequest.class);
    stream.send(new AutoNat2Message.DataResponse(new byte[99]).toBytes());
    assertThat(stream.next(Nodes.WITHIN).toCompletableFuture())
        .failsWithin(Nodes.WITHIN)
        .withThrowableOfType(ExecutionException.class);
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
    // Too many: that says nothing about the address.
    assertThat(probe(node, server, at)).isEqualTo(new ProbeOutcome.Failed("status 100"));
    assertThat(answers("v2", "reached")).isEqualTo(12);
    assertThat(answers("v2", "too_many")).isEqualTo(1);
  }

  private double answers(String version, String answer) {
    return counted
        .get("fairlead.relay.dial.backs")
        .tags("version", version, "answer", answer)
        .counter()
        .count();
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

  /** Answers to questions that were on their way do not end the pause. */
  @Test
  void whereNobodyMakesSenseItIsAskedLessOften() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    String[] five = new String[5];
    java.util.Arrays.fill(five, "/ip4/127.0.0.1/tcp/0");
    Node node = nodes.node(PeerGate.open(), five);
    for (int i = 0; i < 5; i++) {
      Node liar = nodes.node();
      liar.host
          .blocking()
          .handle(
              AutoNat2Message.DIAL_REQUEST,
              stream -> {
                asked.incrementAndGet();
                stream.in().read();
                stream.out().write(new byte[] {1, 0}); // no message
              });
      get(node.host.connect(liar.id(), List.of(liar.at())));
    }
    try (AddressProber prober =
        new AddressProber(node.host, quick(), nodes.loops.group().next(), randomness, clock)) {
      prober.start();
      await().atMost(Nodes.WITHIN).until(() -> asked.get() >= 20);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(4))
          .until(() -> asked.get() <= 25);
    }
  }

  /** A number said over the connection that we made: nobody dialled us for that. */
  @Test
  void whoSaysTheNumberOverTheConnectionThereIsIsNotBelieved() throws Exception {
    Node liar = nodes.node();
    Node node = nodes.node();
    liar.host.handle(
        AutoNat2Message.DIAL_REQUEST,
        io.fairlead.libp2p.host.HandlerOptions.DEFAULTS,
        (channel, from) -> {
          MessageStream stream = MessageStream.on(channel, AutoNat2Message.BYTES_MAX);
          stream
              .next(Nodes.WITHIN)
              .thenCompose(
                  _ ->
                      MessageStream.open(
                          liar.host,
                          from,
                          AutoNat2Message.DIAL_BACK,
                          AutoNat2Message.BYTES_MAX,
                          Nodes.WITHIN))
              .thenAccept(
                  back -> {
                    back.send(new DialBackMessage(4711).toBytes());
                    stream.sendLast(
                        new AutoNat2Message.DialResponse(
                                AutoNat2Message.RESPONSE_OK, 0, AutoNat2Message.DIAL_OK)
                            .toBytes());
                  });
        });
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
    assertThat(DialBacks.consistent(Nodes.address("/ip6/2a00::1/tcp/1"), seen)).isFalse();
    assertThat(DialBacks.consistent(Nodes.address("/dns6/a.example/tcp/1"), seen)).isFalse();
    assertThat(DialBacks.consistent(Nodes.address("/dns/a.example/tcp/1"), seen)).isTrue();
    assertThat(
            DialBacks.consistent(
                Nodes.address("/ip6/2a00::1/tcp/1/tls/sni/a.example/ws"),
                Nodes.address("/ip6/::1/tcp/9/wss")))
        .isTrue();
  }
}
