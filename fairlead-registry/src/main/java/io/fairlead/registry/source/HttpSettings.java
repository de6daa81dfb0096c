package io.fairlead.registry.source;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.StringType;
import io.fairlead.core.config.Types;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A JSON list on one or several HTTP servers.
 *
 * @param pointer JSON Pointer to the list; empty for the whole answer
 * @param sequence JSON Pointer to a number that never falls
 * @param quorum servers that must give the same list
 * @param allowPrivate whether the list may name addresses that are not public
 * @param defaultPort of endpoints that are written without one
 */
record HttpSettings(
    SourceRules rules,
    List<URI> urls,
    String pointer,
    Optional<String> sequence,
    Pick pick,
    int quorum,
    Map<String, Secret> headers,
    Optional<Signature> signature,
    boolean allowPrivate,
    OptionalInt defaultPort)
    implements SourceSettings {
  /** Which of several servers' lists counts. */
  enum Pick {
    /** The first that answers, in the order written. */
    FIRST,
    HIGHEST_SEQUENCE
  }

  /** A detached Ed25519 signature over the body, in a field of the answer. */
  record Signature(String header, NodeKey key) {
    static final RecordType<Signature> TYPE =
        RecordType.define(
            "registry_signature",
            "A signature that every answer must carry.",
            fields -> {
              Field<String> header =
                  fields
                      .key(
                          "header",
                          Types.string().matching("[A-Za-z0-9-]{1,64}", "a field name"),
                          "Field with the base64 of the 64-byte signature over the body.")
                      .orElse("Fairlead-Signature");
              Field<NodeKey> key =
                  fields
                      .key(
                          "public_key",
                          Types.string()
                              .mapped(
                                  Codes.BAD_TEXT,
                                  text ->
                                      NodeKey.parse(text)
                                          .orElseThrow(
                                              () ->
                                                  new IllegalArgumentException(
                                                      "an Ed25519 key as peer id, 0xed01… or"
                                                          + " PEM is expected")),
                                  NodeKey::peerId),
                          "The Ed25519 key that signs.")
                      .required();
              return values -> new Signature(values.get(header), values.get(key));
            });
  }

  private static StringType pointerType() {
    return Types.string().orEmpty().matching("(/[^/]*)*", "a JSON Pointer such as /data/proxies");
  }

  static final RecordType<HttpSettings> TYPE =
      RecordType.define(
          "registry_http_source",
          "A JSON list on an HTTP server. Redirects are not followed; an answer beyond 4 MiB is"
              + " refused while it is read.",
          fields -> {
            Field<SourceRules> rules = fields.flattened(SourceRules.TYPE);
            Field<Optional<URI>> url =
                fields
                    .key("url", Types.httpUrl(), "Where the list is.")
                    .example("https://registry.example/proxies.json")
                    .optional();
            Field<Optional<List<URI>>> urls =
                fields
                    .key("urls", Types.listOf(Types.httpUrl()), "Several servers with the list.")
                    .optional();
            fields.exactlyOneOf(url, urls);
            Field<String> pointer =
                fields
                    .key("pointer", pointerType(), "JSON Pointer to the list in the answer.")
                    .orElse("");
            Field<Optional<String>> sequence =
                fields
                    .key(
                        "sequence",
                        pointerType(),
                        "JSON Pointer to a whole number in the answer that never falls; an answer"
                            + " with a lower one is refused.")
                    .example("/sequence")
                    .optional();
            Field<Pick> pick =
                fields
                    .key(
                        "pick",
                        Types.choice(Pick.class),
                        "Which of several servers' lists counts; `highest_sequence` needs"
                            + " `sequence`.")
                    .orElse(Pick.FIRST);
            Field<Integer> quorum =
                fields
                    .key(
                        "quorum",
                        Types.integer().between(1, 16),
                        "How many servers must give the same list. With 1 a single lying server is"
                            + " believed within the rails.")
                    .orElse(1);
            Field<Map<String, Secret>> headers =
                fields
                    .key(
                        "headers",
                        Types.freeMapOf(Types.secret()),
                        "Fields sent with each request, e.g. Authorization.")
                    .orElse(Map.of());
            Field<Optional<Signature>> signature =
                fields
                    .key("signature", Signature.TYPE, "Believe only answers that this key signed.")
                    .optional();
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
                  int servers = values.get(urls).map(List::size).orElse(1);
                  if (values.get(quorum) > servers) {
                    checks.error(
                        quorum,
                        Codes.UNFIT,
                        "`quorum` is more than the " + servers + " servers named",
                        "name more under `urls`");
                  }
                  if (values.get(pick) == Pick.HIGHEST_SEQUENCE && values.get(sequence).isEmpty()) {
                    checks.error(
                        pick, Codes.UNFIT, "`highest_sequence` needs `sequence`", "add `sequence`");
                  }
                });
            return values ->
                new HttpSettings(
                    values.get(rules),
                    values.get(urls).orElseGet(() -> List.of(values.get(url).orElseThrow())),
                    values.get(pointer),
                    values.get(sequence),
                    values.get(pick),
                    values.get(quorum),
                    values.get(headers),
                    values.get(signature),
                    values.get(allowPrivate),
                    values.get(port).map(OptionalInt::of).orElse(OptionalInt.empty()));
          });

  /** How such sources come in. */
  static final class Provider implements SourceProvider<HttpSettings> {
    @Override
    public String type() {
      return "http";
    }

    @Override
    public RecordType<HttpSettings> settings() {
      return TYPE;
    }

    @Override
    public RegistrySource open(HttpSettings settings, Clock clock) {
      return new HttpSource(settings, clock);
    }
  }

  @Override
  public String type() {
    return "http";
  }

  @Override
  public boolean guarded() {
    return !allowPrivate;
  }
}
