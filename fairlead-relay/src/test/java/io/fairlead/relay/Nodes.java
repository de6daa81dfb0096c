package io.fairlead.relay;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.net.dial.DnsLimits;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Nodes on loopback, some of them relays. */
public final class Nodes implements AutoCloseable {
  public static final String ECHO = "/test/echo/1";
  public static final Duration WITHIN = Duration.ofSeconds(30);

  /** Circuits for traffic: nothing is bounded. */
  public static final ClassLimits UNLIMITED =
      new ClassLimits(Duration.ofHours(1), Limit.OFF, CircuitLimit.NONE, Limit.OFF);

  public final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "relay-test");
  public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  public final Meters meters = new Meters(registry);
  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();

  /** A node and what of a relay's world it has. */
  public static final class Node {
    public final PrivateKey key;
    public final Host host;
    public final RelayClient client;

    Node(PrivateKey key, Host host, RelayClient client) {
      this.key = key;
      this.host = host;
      this.client = client;
    }

    public PeerId id() {
      return host.id();
    }

    /** Where it listens, with its id. */
    public Multiaddr at() {
      return host.listening().getFirst().withPeer(host.id());
    }
  }

  /** One that listens and can be reached through relays, and answers {@link #ECHO}. */
  public Node node() throws Exception {
    return node(PeerGate.open(), "/ip4/127.0.0.1/tcp/0");
  }

  public Node node(PeerGate gate, String... listen) throws Exception {
    return node(gate, HostSettings.DEFAULTS, false, listen);
  }

  public Node node(PeerGate gate, HostSettings settings, boolean unsolicited, String... listen)
      throws Exception {
    Multiaddr[] addresses = new Multiaddr[listen.length];
    for (int i = 0; i < listen.length; i++) addresses[i] = address(listen[i]);
    PrivateKey key = PrivateKey.generate();
    HostEnvironment environment =
        new HostEnvironment(
            loops,
            NameResolver.ofSystem(loops, Watch.of(DnsLimits.DEFAULTS), Clock.system(), meters),
            Transport.WebSocketTls.NONE,
            Clock.system(),
            Randomness.system(),
            meters);
    Host host = new Host(key, settings.listening(addresses), environment, gate);
    parts.push(host::close);
    host.start();
    RelayClient client = new RelayClient(host, gate, unsolicited, Clock.system(), meters);
    client.start();
    host.blocking().handle(ECHO, stream -> stream.in().transferTo(stream.out()));
    return new Node(key, host, client);
  }

  /** Makes a node a relay. */
  public RelayService serve(Node node, RelayServiceSettings settings) {
    return serve(node, PeerGate.open(), RelayPolicy.open(), new WatchValue<>(settings));
  }

  public RelayService serve(
      Node node, PeerGate gate, RelayPolicy policy, Watch<RelayServiceSettings> settings) {
    RelayService service =
        new RelayService(node.host, node.key, gate, policy, settings, Clock.system(), meters);
    parts.push(service::close);
    service.start();
    return service;
  }

  /** A relay with these limits for everyone, and no others. */
  public static RelayServiceSettings settings(ClassLimits everyone) {
    return RelayServiceSettings.DEFAULTS
        .in(RelayServiceSettings.Mode.ON)
        .withLimits(everyone)
        .withBounds(Limit.OFF, Limit.OFF, Limit.OFF, Limit.OFF)
        .withRates(Optional.empty(), Optional.empty());
  }

  public static ClassLimits limited(Duration duration, long bytes) {
    return new ClassLimits(
        Duration.ofHours(1),
        Limit.atMost(16),
        new CircuitLimit(Optional.of(duration), Optional.of(bytes)),
        Limit.OFF);
  }

  /** Reserves at a relay. */
  public static Reservation reserve(Node node, Node relay) throws Exception {
    return get(node.client.reservations().reserve(relay.id(), List.of(relay.at())));
  }

  /** The address of a node behind a relay. */
  public static Multiaddr through(Node relay, Node peer) {
    return address(relay.at() + "/p2p-circuit").withPeer(peer.id());
  }

  /** Opens a stream that may take a limited way. */
  public static BlockingStream open(Node from, Node to, String protocol) throws Exception {
    CompletableFuture<BlockingStream> made = new CompletableFuture<>();
    get(
        from.host.newStream(
            to.id(),
            List.of(protocol),
            OpenOptions.DEFAULTS.allowingLimited(),
            channel -> made.complete(BlockingStream.of(channel))));
    BlockingStream stream = made.join();
    stream.timeout(WITHIN);
    return stream;
  }

  public static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  public static Multiaddr address(String text) {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedException malformed) {
      throw new IllegalArgumentException(malformed);
    }
  }

  /** The value of a counter with one tag. */
  public double count(String name, String tag, String value) {
    Counter counter = registry.find("fairlead." + name).tag(tag, value).counter();
    return counter == null ? 0 : counter.count();
  }

  /** Everyone has an entry of its own, and may everything until it is taken away. */
  public static final class Members implements PeerGate {
    private final Set<PeerId> gone = ConcurrentHashMap.newKeySet();

    public static EntryId entry(PeerId peer) {
      return new EntryId("list", peer.toString());
    }

    public void remove(PeerId peer) {
      gone.add(peer);
    }

    @Override
    public Principal principal(PeerId peer) {
      return Principal.of(peer.toString(), entry(peer));
    }

    @Override
    public Verdict decide(Principal principal, Action action) {
      boolean denied = gone.stream().anyMatch(peer -> peer.toString().equals(principal.id()));
      return denied ? new Verdict.Deny("not_a_member") : Verdict.ALLOW;
    }
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable part; (part = parts.poll()) != null; ) part.close();
    loops.close();
  }
}
