package io.fairlead.pubsub.chain;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.MultiConnector;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.service.ChainService;
import io.fairlead.pubsub.service.Frontend;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The chains of a gateway. Does not wait for nodes: what is asked before a connection stands waits
 * for it. Written by whoever prepares configurations, one at a time; read by any thread.
 */
public final class ChainServices implements Service, Reloadable<PubSubConfig> {
  private record Running(ChainConfig config, ChainService service, Frontend own) {
    void close() {
      own.close(); // others may hold it still: they see it end
      var _ = service.close();
    }
  }

  private final EventLoops loops;
  private final Meters meters;
  private final Clock clock;
  private final Randomness randomness;
  private final JwtTokens tokens;
  private final Spans spans;
  private volatile Map<String, Running> chains = Map.of();
  private volatile boolean closed;

  public ChainServices(EventLoops loops, Meters meters, Clock clock, Randomness randomness) {
    this(loops, meters, clock, randomness, Spans.OFF);
  }

  /**
   * @param spans is told of each request
   */
  public ChainServices(
      EventLoops loops, Meters meters, Clock clock, Randomness randomness, Spans spans) {
    this.spans = spans;
    this.loops = loops;
    this.meters = meters;
    this.clock = clock;
    this.randomness = randomness;
    this.tokens = new JwtTokens(clock);
  }

  /**
   * A frontend of a chain, the caller's to close; empty when no chain has this name. When a reload
   * replaces the chain's service its frontends end: ask anew.
   */
  public Optional<PubSubFrontend> frontend(String chain) {
    return Optional.ofNullable(chains.get(chain)).map(running -> running.own().share());
  }

  /** The service of a chain. */
  public Optional<ChainService> service(String chain) {
    return Optional.ofNullable(chains.get(chain)).map(Running::service);
  }

  /** By name. */
  public Map<String, ChainService> services() {
    Map<String, ChainService> services = new TreeMap<>();
    chains.forEach((name, running) -> services.put(name, running.service()));
    return services;
  }

  @Override
  public String name() {
    return "pubsub";
  }

  /** Chains start with the configuration that names them. */
  @Override
  public void start() {}

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    closed = true;
    for (Running each : chains.values()) each.close();
    chains = Map.of();
  }

  @Override
  public Prepared prepare(PubSubConfig next) throws ConfigException {
    Map<String, Running> before = chains;
    Map<String, List<Endpoint>> endpoints = new LinkedHashMap<>();
    for (Map.Entry<String, ChainConfig> each : next.chains().entrySet())
      endpoints.put(
          each.getKey(), each.getValue().openAll("/pubsub/chains/" + each.getKey(), tokens));
    return new Prepared() {
      @Override
      public void commit() {
        if (closed) return;
        Map<String, Running> after = new LinkedHashMap<>();
        next.chains()
            .forEach(
                (name, config) ->
                    after.put(
                        name,
                        moved(
                            name,
                            Optional.ofNullable(before.get(name)),
                            config,
                            endpoints.getOrDefault(name, List.of()))));
        chains = Map.copyOf(after);
        before.forEach(
            (name, running) -> {
              Running now = after.get(name);
              if (now == null || now.service() != running.service()) running.close();
            });
      }

      @Override
      public void discard() {}
    };
  }

  private Running moved(
      String name, Optional<Running> before, ChainConfig config, List<Endpoint> endpoints) {
    if (before.isPresent() && before.get().config().sameBut(config)) {
      Running running = before.get();
      // Connectors have no equality of their own: the configuration tells what changed.
      if (!running.config().endpoints().equals(config.endpoints()))
        running.service().endpoints(endpoints);
      return new Running(config, running.service(), running.own());
    }
    ChainService service =
        PubSub.builder()
            .name(name)
            .connector(
                MultiConnector.of(
                    endpoints, config.mode().over(config.endpoints().size(), config.quorum())))
            .identity(config.identity())
            .settings(config.settings())
            .loops(loops)
            .meters(meters)
            .spans(spans)
            .clock(clock)
            .randomness(randomness)
            .service();
    Frontend own = new Frontend(service);
    var _ = service.start().exceptionally(_ -> service); // its state tells
    return new Running(config, service, own);
  }
}
