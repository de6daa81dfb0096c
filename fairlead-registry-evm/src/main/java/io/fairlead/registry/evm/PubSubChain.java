package io.fairlead.registry.evm;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.ServiceSettings;
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
   * @param settings of each connection; waits between attempts are shortened, so that whoever
   *     follows revocations is back soon after its node is
   */
  public record Surroundings(
      Optional<EventLoops> loops, ServiceSettings settings, Clock clock, Randomness randomness) {}

  private final long chainId;
  private final List<PubSubEndpoint> endpoints = new ArrayList<>();

  /**
   * @param name of the chain, for logs
   * @param identity what endpoints must serve; with a chain id
   * @param endpoints in the order they are asked
   */
  public PubSubChain(
      String name, ChainIdentity identity, List<Endpoint> endpoints, Surroundings surroundings) {
    this.chainId =
        identity
            .chainId()
            .orElseThrow(() -> new IllegalArgumentException("chain " + name + ": no chain_id"));
    for (Endpoint each : endpoints) {
      this.endpoints.add(new PubSubEndpoint(name, identity, each, surroundings));
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
