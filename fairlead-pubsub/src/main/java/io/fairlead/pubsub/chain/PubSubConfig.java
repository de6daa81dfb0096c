package io.fairlead.pubsub.chain;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Section {@code pubsub}. */
public record PubSubConfig(Map<String, ChainConfig> chains) {
  public static final PubSubConfig NONE = new PubSubConfig(Map.of());

  public static final RecordType<PubSubConfig> TYPE =
      RecordType.define(
          "pubsub",
          "Connections to nodes of Ethereum chains, for what follows them.",
          fields -> {
            Field<Map<String, ChainConfig>> chains =
                fields
                    .key("chains", Types.mapOf(ChainConfig.TYPE), "Chains, by name.")
                    .orElse(Map.of());
            return values -> new PubSubConfig(values.get(chains));
          });

  /** Files the section names. */
  public List<Path> namedFiles() {
    List<Path> files = new ArrayList<>();
    for (ChainConfig chain : chains.values())
      chain.endpoints().forEach(each -> each.ca().ifPresent(files::add));
    return files;
  }
}
