package io.fairlead.registry.evm.graphql;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.StringType;
import io.fairlead.core.config.Types;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceProvider;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.source.Trees;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A list that a GraphQL server gives.
 *
 * @param variables JSON object
 * @param pointer JSON Pointer to the list
 * @param item JSON Pointer from an element of the list to the entry
 * @param map member of an entry → JSON Pointer from the entry; empty when the names are ours
 * @param pageInfo JSON Pointer to {@code pageInfo}, when the list comes in pages
 * @param cursor the variable that says where the next page begins
 * @param allowPrivate whether the list may name addresses that are not public
 * @param defaultPort of endpoints that are written without one
 */
record GraphqlSettings(
    SourceRules rules,
    URI url,
    String query,
    String variables,
    String pointer,
    String item,
    Map<String, String> map,
    Optional<String> pageInfo,
    String cursor,
    Map<String, Secret> headers,
    boolean allowPrivate,
    OptionalInt defaultPort)
    implements SourceSettings {
  private static final Set<String> MEMBERS =
      Set.of(
          "id",
          "operator",
          "roles",
          "status",
          "endpoints",
          "public_key",
          "group",
          "weight",
          "valid_until",
          "updated");

  private static StringType pointerType() {
    return Types.string().orEmpty().matching("(/[^/]*)*", "a JSON Pointer such as /data/proxies");
  }

  static final RecordType<GraphqlSettings> TYPE =
      RecordType.define(
          "registry_graphql_source",
          "A list that a GraphQL server gives, read at each interval. An answer with errors is no"
              + " list; redirects are not followed.",
          fields -> {
            Field<SourceRules> rules = fields.flattened(SourceRules.TYPE);
            Field<URI> url =
                fields
                    .key("url", Types.httpUrl(), "Where the server is.")
                    .example("https://indexer.example/graphql")
                    .required();
            Field<String> query =
                fields
                    .key("query", Types.string(), "The query.")
                    .example("\"{ proxies { id endpoints status } }\"")
                    .required();
            Field<String> variables =
                fields
                    .key("variables", Types.string(), "Its variables, as a JSON object.")
                    .example("'{ \"first\": 100 }'")
                    .orElse("{}");
            Field<String> pointer =
                fields
                    .key("pointer", pointerType(), "JSON Pointer to the list in the answer.")
                    .example("/data/proxies")
                    .required();
            Field<String> item =
                fields
                    .key(
                        "item",
                        pointerType(),
                        "JSON Pointer from an element of the list to the entry, e.g. `/node` for"
                            + " the edges of a connection.")
                    .orElse("");
            Field<Map<String, String>> map =
                fields
                    .key(
                        "map",
                        Types.stringMap(),
                        "Member of an entry (id, operator, roles, status, endpoints, public_key,"
                            + " group, weight, valid_until, updated) to the JSON Pointer of its"
                            + " value in the entry; empty when the server uses these names.")
                    .orElse(Map.of());
            Field<Optional<String>> pageInfo =
                fields
                    .key(
                        "page_info",
                        pointerType(),
                        "JSON Pointer to an object with `hasNextPage` and `endCursor`, when the"
                            + " list comes in pages; at most 1000 are read.")
                    .example("/data/proxies/pageInfo")
                    .optional();
            Field<String> cursor =
                fields
                    .key(
                        "cursor",
                        Types.string().matching("[_A-Za-z][_0-9A-Za-z]*", "a name of a variable"),
                        "The variable that gets `endCursor`.")
                    .orElse("after");
            Field<Map<String, Secret>> headers =
                fields
                    .key(
                        "headers",
                        Types.freeMapOf(Types.secret()),
                        "Fields sent with each request, e.g. Authorization.")
                    .orElse(Map.of());
            Field<Boolean> allowPrivate =
                fields
                    .key(
                        "allow_private",
                        Types.bool(),
                        "Let the list name private, loopback and other addresses that are not"
                            + " public. Off, so that a list cannot steer the gateway at its own"
                            + " network.")
                    .orElse(false);
            Field<Optional<Integer>> port =
                fields
                    .key(
                        "default_port",
                        Types.integer().between(1, 65_535),
                        "Port of endpoints that are written without one.")
                    .optional();
            fields.check(
                (values, checks) -> {
                  try {
                    Object tree =
                        Trees.json(values.get(variables).getBytes(StandardCharsets.UTF_8));
                    if (!(tree instanceof Map<?, ?>)) {
                      checks.error(
                          variables,
                          Codes.UNFIT,
                          "is no JSON object",
                          "write '{ \"first\": 100 }'");
                    }
                  } catch (SourceException broken) {
                    checks.error(
                        variables, Codes.UNFIT, broken.getMessage(), "write '{ \"first\": 100 }'");
                  }
                  for (Map.Entry<String, String> each : values.get(map).entrySet()) {
                    if (MEMBERS.contains(each.getKey()) && each.getValue().startsWith("/"))
                      continue;
                    checks.error(
                        map,
                        Codes.UNFIT,
                        "`" + each.getKey() + ": " + each.getValue() + "` maps nothing",
                        "write a member of an entry and a JSON Pointer, e.g. endpoints: /address");
                  }
                });
            return values ->
                new GraphqlSettings(
                    values.get(rules),
                    values.get(url),
                    values.get(query),
                    values.get(variables),
                    values.get(pointer),
                    values.get(item),
                    values.get(map),
                    values.get(pageInfo),
                    values.get(cursor),
                    values.get(headers),
                    values.get(allowPrivate),
                    values.get(port).map(OptionalInt::of).orElse(OptionalInt.empty()));
          });

  GraphqlSettings {
    map = Map.copyOf(map);
    headers = Map.copyOf(headers);
  }

  /** How such sources come in. */
  public static final class Provider implements SourceProvider<GraphqlSettings> {
    @Override
    public String type() {
      return "graphql";
    }

    @Override
    public RecordType<GraphqlSettings> settings() {
      return TYPE;
    }

    @Override
    public RegistrySource open(GraphqlSettings settings, Clock clock) {
      return new GraphqlSource(settings, clock);
    }
  }

  @Override
  public String type() {
    return "graphql";
  }

  @Override
  public boolean guarded() {
    return !allowPrivate;
  }
}
