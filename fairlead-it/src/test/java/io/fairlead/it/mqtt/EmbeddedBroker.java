package io.fairlead.it.mqtt;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.MqttBrokerBuilder;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.net.budget.Shedding;
import io.fairlead.net.http.Http1Edge;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.listen.ProcessLimits;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A broker as a program would embed it, on a port of its own and two event loops. */
final class EmbeddedBroker implements Broker {
  private final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "mqtt-test");
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ConnectionRegistry connections;
  private final ListenerSet listeners;
  private final MqttBroker broker;

  private EmbeddedBroker(
      String yaml,
      ListenAddress bind,
      InheritedSockets bound,
      UnaryOperator<MqttBrokerBuilder> more)
      throws Exception {
    Clock clock = Clock.system();
    Meters meters = new Meters(registry);
    broker =
        more.apply(
                MqttBroker.builder().loops(loops).edge(new Http1Edge(clock, meters)).meters(meters))
            .build();
    broker.prepare(config(yaml)).commit();
    // Raised, since a run opens thousands of connections from one address within seconds.
    ProcessLimits limits = new ProcessLimits(Limit.atMost(10_000), Limit.OFF, Limit.OFF, 10_000);
    connections = new ConnectionRegistry(clock, meters);
    listeners =
        new ListenerSet(
            loops,
            connections,
            new WatchValue<>(limits),
            Shedding.NONE,
            meters,
            clock,
            Randomness.system(),
            bound);
    listeners.prepare(List.of(ListenerSpec.of("mqtt", bind, broker.face()))).commit();
    broker.start();
    listeners.start();
  }

  /**
   * Starts one.
   *
   * @param yaml the section {@code mqtt}
   * @param more what else it stands on
   */
  static EmbeddedBroker start(String yaml, UnaryOperator<MqttBrokerBuilder> more) {
    return start(yaml, new ListenAddress.Host("127.0.0.1", 0), new InheritedSockets(), more);
  }

  /**
   * Starts one that may find its socket bound already.
   *
   * @param bound by others; those of another address stay there
   */
  static EmbeddedBroker start(
      String yaml,
      ListenAddress bind,
      InheritedSockets bound,
      UnaryOperator<MqttBrokerBuilder> more) {
    try {
      return new EmbeddedBroker(yaml, bind, bound, more);
    } catch (Exception failure) {
      throw new AssertionError("the broker did not start: " + failure.getMessage(), failure);
    }
  }

  private static MqttConfig config(String yaml) throws Exception {
    return ConfigReader.read(
            MqttConfig.TYPE,
            new ConfigSource("mqtt.yaml", yaml, Path.of("/")),
            Environment.withVariables(Map.of()))
        .valueOrThrow();
  }

  /** A counter's value, all its labels together; 0 while it is not there. */
  double count(String meter) {
    return registry.find("fairlead." + meter).counters().stream().mapToDouble(c -> c.count()).sum()
        + registry.find("fairlead." + meter).functionCounters().stream()
            .mapToDouble(c -> c.count())
            .sum();
  }

  /** The value of a counter with these tags; 0 while it is not there. */
  double count(String meter, String... tags) {
    return registry.find("fairlead." + meter).tags(tags).counters().stream()
        .mapToDouble(c -> c.count())
        .sum();
  }

  /** A gauge's value. */
  double gauge(String meter) {
    return registry.get("fairlead." + meter).gauge().value();
  }

  /** How often a timer was told. */
  long timed(String meter) {
    return registry.get("fairlead." + meter).timer().count();
  }

  /** Connections that are open, connected as clients or not. */
  int connections() {
    return connections.size();
  }

  /** Bytes of network buffers in use, and not given back. */
  long bufferBytes() {
    return loops.allocator().metric().usedDirectMemory()
        + loops.allocator().metric().usedHeapMemory();
  }

  /** As a gateway stops: nobody new, then everybody is told and goes. Blocks. */
  void drain(Duration most) throws InterruptedException {
    Deadline deadline = Deadline.in(Clock.system(), most);
    broker.leave();
    listeners.drain(deadline);
    broker.drain(deadline);
  }

  /** From here on it goes by that section {@code mqtt}. */
  void reload(String yaml) throws Exception {
    broker.prepare(config(yaml)).commit();
  }

  MqttBroker broker() {
    return broker;
  }

  @Override
  public int port(Transport transport) {
    return listeners.bound().stream()
        .flatMap(bound -> bound.addresses().stream())
        .mapToInt(address -> ((InetSocketAddress) address).getPort())
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    listeners.close();
    broker.close();
    loops.close();
  }
}
