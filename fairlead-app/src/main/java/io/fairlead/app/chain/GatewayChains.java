package io.fairlead.app.chain;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.Connector;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.WsConnector;
import io.fairlead.registry.RegistryConfig;
import io.fairlead.registry.evm.ChainReader;
import io.fairlead.registry.evm.Chains;
import io.fairlead.registry.evm.EvmSettings;
import io.fairlead.registry.evm.PubSubChain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens the chains of the configuration. Thread-safe. */
public final class GatewayChains implements Chains {
  private final Optional<EventLoops> loops;
  private final Clock clock;

  /**
   * @param loops without them each connection has one of its own
   */
  public GatewayChains(Optional<EventLoops> loops, Clock clock) {
    this.loops = loops;
    this.clock = clock;
  }

  /** The registry with its sources on the chains of the same configuration. */
  public static RegistryConfig placed(RegistryConfig registry, ChainsConfig chains) {
    return registry.mapSources(
        source -> {
          // Asked by its word first: nothing of chains is loaded without one.
          if (!source.type().equals("evm")) return source;
          EvmSettings evm = (EvmSettings) source;
          ChainConfig chain = chains.chains().get(evm.chain());
          return chain == null ? evm : evm.over(chain);
        });
  }

  @Override
  public ChainReader open(EvmSettings source) {
    if (!(source.reached().orElse(null) instanceof ChainConfig chain)) {
      throw new IllegalArgumentException("chain: " + source.chain() + " (no such chain)");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (ChainConfig.Node node : chain.endpoints()) {
      endpoints.add(Endpoint.of(node.alias(), connector(node)));
    }
    return new PubSubChain(
        source.chain(),
        chain.chainId(),
        endpoints,
        new PubSubChain.Surroundings(loops, clock, Randomness.system()));
  }

  private static Connector connector(ChainConfig.Node node) {
    String url = node.url().toString();
    if (url.startsWith("ws")) {
      WsConnector socket = WsConnector.of(url).alias(node.alias());
      for (Map.Entry<String, Secret> each : node.headers().entrySet()) {
        socket = socket.field(each.getKey(), each.getValue());
      }
      return socket;
    }
    HttpPollConnector polled = HttpPollConnector.of(url).alias(node.alias());
    for (Map.Entry<String, Secret> each : node.headers().entrySet()) {
      polled = polled.field(each.getKey(), each.getValue());
    }
    return polled;
  }
}
