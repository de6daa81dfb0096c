package io.fairlead.libp2p.host;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.PeerSamples;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Nodes on loopback, with names that only they know. */
final class HostPair implements AutoCloseable {
  static final String LOOPBACK = "/ip4/127.0.0.1/tcp/0";

  final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "test");
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final Map<String, InetAddress> names = new ConcurrentHashMap<>();
  private final List<Host> hosts = new ArrayList<>();

  Host host(HostSettings settings) throws Exception {
    return host(settings, PeerGate.open());
  }

  Host host(HostSettings settings, PeerGate gate) throws Exception {
    return host(PrivateKey.generate(), settings, gate);
  }

  Host host(PrivateKey identity, HostSettings settings, PeerGate gate) throws Exception {
    HostEnvironment environment =
        new HostEnvironment(
            loops,
            new Names(),
            Transport.WebSocketTls.NONE,
            Clock.system(),
            Randomness.system(),
            new Meters(registry));
    Host host = new Host(identity, settings, environment, gate);
    hosts.add(host);
    host.start();
    return host;
  }

  /** One that listens on loopback. */
  Host listening() throws Exception {
    return host(listeningSettings());
  }

  static HostSettings listeningSettings() {
    return HostSettings.DEFAULTS.listening(PeerSamples.address(LOOPBACK));
  }

  /** Where a node listens, with its id. */
  static String at(Host host) {
    return host.listening().getFirst().withPeer(host.id()).toString();
  }

  private final class Names implements NameResolver {
    @Override
    public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
      InetAddress known = names.get(host);
      return known == null
          ? CompletableFuture.failedFuture(new UnknownHostException(host))
          : CompletableFuture.completedFuture(List.of(known));
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    hosts.forEach(Host::close);
    loops.close();
  }
}
