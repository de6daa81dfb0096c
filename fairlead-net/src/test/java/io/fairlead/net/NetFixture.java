package io.fairlead.net;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.budget.Shedding;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.listen.Face;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.listen.ProcessLimits;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Loops, listeners and a dialer on real sockets, with names from a table. */
public final class NetFixture implements AutoCloseable {
  public final Clock clock = Clock.system();
  public final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  public final Meters meters = new Meters(registry);
  public final EventLoops loops;
  public final ConnectionRegistry connections = new ConnectionRegistry(clock, meters);
  public final WatchValue<ProcessLimits> limits = new WatchValue<>(ProcessLimits.DEFAULTS);
  public final ListenerSet listeners;
  public final DirectDialer dialer;

  public NetFixture(TransportKind kind) {
    this(kind, Map.of());
  }

  public NetFixture(TransportKind kind, Map<String, List<InetAddress>> names) {
    this(kind, names, Shedding.NONE);
  }

  /** Whose listeners ask {@code shedding}. */
  public NetFixture(TransportKind kind, Shedding shedding) {
    this(kind, Map.of(), shedding);
  }

  private NetFixture(TransportKind kind, Map<String, List<InetAddress>> names, Shedding shedding) {
    loops = EventLoops.create(2, kind, "test");
    listeners =
        new ListenerSet(
            loops,
            connections,
            limits,
            shedding,
            meters,
            clock,
            Randomness.system(),
            new InheritedSockets());
    dialer = new DirectDialer(loops, new TableResolver(names), clock, meters);
  }

  /** Prepares, commits and starts listeners. */
  public void listen(ListenerSpec... specs) throws ConfigException {
    listeners.prepare(List.of(specs)).commit();
    listeners.start();
  }

  /** A plain listener on 127.0.0.1, port chosen by the system. */
  public static ListenerSpec local(String id, Face face) {
    return ListenerSpec.of(id, new ListenAddress.Host("127.0.0.1", 0), face);
  }

  public int port(String id) {
    return listeners.bound().stream()
        .filter(bound -> bound.id().equals(id))
        .flatMap(bound -> bound.addresses().stream())
        .mapToInt(NetFixture::portOf)
        .findFirst()
        .orElseThrow();
  }

  public double count(String meter, String... tags) {
    return registry.get("fairlead." + meter).tags(tags).functionCounter().count();
  }

  public double counter(String meter, String... tags) {
    return registry.get("fairlead." + meter).tags(tags).counter().count();
  }

  public static int portOf(SocketAddress address) {
    return ((InetSocketAddress) address).getPort();
  }

  @Override
  public void close() {
    listeners.close();
    loops.close();
  }

  private record TableResolver(Map<String, List<InetAddress>> names) implements NameResolver {
    @Override
    public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
      List<InetAddress> known = names.get(host);
      return known == null
          ? CompletableFuture.failedFuture(new UnknownHostException(host))
          : CompletableFuture.completedFuture(known);
    }

    @Override
    public void close() {}
  }
}
