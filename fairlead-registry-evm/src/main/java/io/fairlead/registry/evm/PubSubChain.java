package io.fairlead.registry.evm;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chain over JSON-RPC connections of its own, one for each endpoint: what one of them says must
 * be known to be its own words. A connection is made when it is needed first, and again whenever it
 * is lost. Thread-safe.
 */
public final class PubSubChain implements ChainReader {
  /**
   * What connections run on.
   *
   * @param loops without them each connection has one of its own
   */
  public record Surroundings(Optional<EventLoops> loops, Clock clock, Randomness randomness) {}

  private final long chainId;
  private final List<PubSubEndpoint> endpoints = new ArrayList<>();

  /**
   * @param name of the chain, for logs
   * @param endpoints in the order they are asked
   */
  public PubSubChain(
      String name, long chainId, List<Endpoint> endpoints, Surroundings surroundings) {
    this.chainId = chainId;
    for (Endpoint each : endpoints) {
      this.endpoints.add(new PubSubEndpoint(name, chainId, each, surroundings));
    }
    if (this.endpoints.isEmpty()) throw new IllegalArgumentException("endpoints: none");
  }

  @Override
  public long chainId() {
    return chainId;
  }

  @Override
  public List<ChainEndpoint> endpoints() {
    return List.copyOf(endpoints);
  }

  @Override
  public AutoCloseable onHint(String contract, List<String> topics, Runnable hint) {
    List<AutoCloseable> open = new ArrayList<>();
    for (PubSubEndpoint each : endpoints) open.add(each.onHint(contract, topics, hint));
    return () -> {
      for (AutoCloseable each : open) each.close();
    };
  }

  @Override
  public void close() {
    endpoints.forEach(PubSubEndpoint::close);
  }
}
