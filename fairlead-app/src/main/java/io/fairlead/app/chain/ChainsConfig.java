package io.fairlead.app.chain;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.util.Map;

/**
 * Section {@code pubsub}.
 *
 * @param chains by name
 */
public record ChainsConfig(Map<String, ChainConfig> chains) {
  public static final RecordType<ChainsConfig> TYPE =
      RecordType.define(
          "pubsub",
          "Chains that the gateway listens to.",
          fields -> {
            Field<Map<String, ChainConfig>> chains =
                fields
                    .key("chains", Types.mapOf(ChainConfig.TYPE), "The chains, by name.")
                    .orElse(Map.of());
            return values -> new ChainsConfig(values.get(chains));
          });

  public ChainsConfig {
    chains = Map.copyOf(chains);
  }
}
