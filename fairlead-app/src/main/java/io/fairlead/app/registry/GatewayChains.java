package io.fairlead.app.registry;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.chain.ChainConfig;
import io.fairlead.pubsub.chain.JwtTokens;
import io.fairlead.pubsub.chain.PubSubConfig;
import io.fairlead.registry.RegistryConfig;
import io.fairlead.registry.evm.ChainReader;
import io.fairlead.registry.evm.Chains;
import io.fairlead.registry.evm.EvmSettings;
import io.fairlead.registry.evm.PubSubChain;
import java.util.Optional;

/** Opens the chains of the configuration. Thread-safe. */
public final class GatewayChains implements Chains {
  private final Optional<EventLoops> loops;
  private final Clock clock;
  private final JwtTokens tokens;

  /**
   * @param loops without them each connection has one of its own
   */
  public GatewayChains(Optional<EventLoops> loops, Clock clock) {
    this.loops = loops;
    this.clock = clock;
    this.tokens = new JwtTokens(clock);
  }

  /** The registry with its sources on the chains of the same configuration. */
  public static RegistryConfig placed(RegistryConfig registry, PubSubConfig chains) {
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
  public ChainReader open(EvmSettings source) throws ConfigException {
    String path = "/pubsub/chains/" + source.chain();
    ChainConfig chain =
        source
            .reached()
            .map(ChainConfig.class::cast)
            .orElseThrow(() -> new IllegalArgumentException(path + " (no such chain)"));
    return new PubSubChain(
        source.chain(),
        chain.identity(),
        chain.open(path, tokens),
        new PubSubChain.Surroundings(loops, chain.settings(), clock, Randomness.system()));
  }
}
