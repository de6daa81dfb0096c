package io.fairlead.libp2p.netty;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.secure.Noise;
import io.fairlead.libp2p.secure.SecureMeters;
import io.fairlead.libp2p.secure.SecureProtocol;
import io.fairlead.libp2p.secure.Tls;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A peer with its own event loop, identity and protocols. */
final class Node implements AutoCloseable, InboundStreams {
  final PrivateKey key = PrivateKey.generate();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final WindowBudget budget = new WindowBudget(new ByteSize(256 << 20));
  final EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "p2p-test");
  final Map<String, Consumer<StreamChannel>> protocols = new ConcurrentHashMap<>();
  final BlockingQueue<PeerConnection> accepted = new LinkedBlockingQueue<>();
  final Upgrader upgrader;
  final Transport transport;
  private final List<Transport.Listening> listening = new ArrayList<>();
  private final Queue<PeerConnection> connections = new ConcurrentLinkedQueue<>();

  Node() {
    this(List.of("/noise"), UpgradeSettings.DEFAULTS, Transport.WebSocketTls.NONE);
  }

  Node(List<String> securities, UpgradeSettings settings, Transport.WebSocketTls tls) {
    Meters meters = new Meters(registry);
    SecureMeters secureMeters = new SecureMeters(meters);
    List<SecureProtocol> chosen = new ArrayList<>();
    for (String security : securities) {
      chosen.add(
          security.equals(Noise.ID)
              ? new Noise(key, Runnable::run, secureMeters)
              : new Tls(key, Clock.system(), Randomness.system(), Runnable::run, secureMeters));
    }
    upgrader = new Upgrader(chosen, settings, budget, this, Clock.system(), meters);
    transport = new Transport(loops, upgrader, tls);
  }

  PeerId id() {
    return key.peerId();
  }

  /** Listens on a free port of the loopback interface. */
  Multiaddr listen(String suffix) throws Exception {
    Transport.Listening at =
        get(
            transport.listen(
                Multiaddr.parse("/ip4/127.0.0.1/tcp/0" + suffix), _ -> true, this::arrived));
    listening.add(at);
    return at.address();
  }

  PeerConnection dial(Multiaddr address, PeerId expected) throws Exception {
    PeerConnection made =
        get(transport.dial(address, expected, Duration.ofSeconds(5), Optional.empty()));
    connections.add(made);
    return made;
  }

  private void arrived(PeerConnection connection) {
    connections.add(connection);
    accepted.add(connection);
  }

  PeerConnection nextAccepted() throws Exception {
    PeerConnection connection = accepted.poll(10, TimeUnit.SECONDS);
    if (connection == null) throw new AssertionError("nobody connected");
    return connection;
  }

  double count(String name, String... tags) {
    return registry.get("fairlead." + name).tags(tags).counter().count();
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public boolean speaks(PeerConnection connection, String protocol) {
    return protocols.containsKey(protocol);
  }

  @Override
  public void opened(StreamChannel stream) {
    protocols.getOrDefault(stream.protocol(), _ -> {}).accept(stream);
  }

  void stopListening() {
    listening.forEach(each -> each.close().syncUninterruptibly());
    listening.clear();
  }

  @Override
  public void close() {
    stopListening();
    // Before their loop, whose last tasks could not tell their handlers any more.
    for (PeerConnection each : connections) each.channel().close().syncUninterruptibly();
    loops.close();
  }
}
