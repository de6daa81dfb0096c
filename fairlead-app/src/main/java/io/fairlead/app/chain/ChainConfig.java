package io.fairlead.app.chain;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One chain.
 *
 * @param chainId what every endpoint must say it is
 * @param endpoints in the order they are asked
 */
public record ChainConfig(long chainId, List<Node> endpoints) {
  /**
   * One endpoint.
   *
   * @param alias its name in status, logs and meters
   * @param headers sent with each connection
   */
  public record Node(String alias, URI url, Map<String, Secret> headers) {
    static final RecordType<Node> TYPE =
        RecordType.define(
            "pubsub_endpoint",
            "One JSON-RPC endpoint of a chain.",
            fields -> {
              Field<String> alias =
                  fields
                      .key(
                          "alias",
                          Types.string()
                              .matching("[a-z0-9_-]{1,64}", "a name of a-z, 0-9, _ and -"),
                          "Its name in status, logs and meters; its address may hold a key and is"
                              + " never shown.")
                      .example("local")
                      .required();
              Field<URI> url =
                  fields
                      .key(
                          "url",
                          Types.url("ws", "wss", "http", "https"),
                          "Where it is; an HTTP endpoint is polled.")
                      .example("ws://127.0.0.1:8545")
                      .required();
              Field<Map<String, Secret>> headers =
                  fields
                      .key(
                          "headers",
                          Types.freeMapOf(Types.secret()),
                          "Fields sent with each connection, e.g. Authorization.")
                      .orElse(Map.of());
              return values -> new Node(values.get(alias), values.get(url), values.get(headers));
            });

    public Node {
      headers = Map.copyOf(headers);
    }
  }

  static final RecordType<ChainConfig> TYPE =
      RecordType.define(
          "pubsub_chain",
          "One EVM chain.",
          fields -> {
            Field<Long> chainId =
                fields
                    .key(
                        "chain_id",
                        Types.longInteger().between(1, Long.MAX_VALUE),
                        "What every endpoint must answer to `eth_chainId`.")
                    .example("31337")
                    .required();
            Field<List<Node>> endpoints =
                fields.key("endpoints", Types.listOf(Node.TYPE), "Its endpoints.").required();
            fields.check(
                (values, checks) -> {
                  Set<String> aliases = new HashSet<>();
                  for (Node node : values.get(endpoints)) {
                    if (aliases.add(node.alias())) continue;
                    checks.error(
                        endpoints,
                        Codes.UNFIT,
                        "two endpoints are called `" + node.alias() + "`",
                        "rename one of them");
                  }
                  if (values.get(endpoints).isEmpty()) {
                    checks.error(endpoints, Codes.UNFIT, "is empty", "name an endpoint");
                  }
                });
            return values -> new ChainConfig(values.get(chainId), values.get(endpoints));
          });

  public ChainConfig {
    endpoints = List.copyOf(endpoints);
  }
}
