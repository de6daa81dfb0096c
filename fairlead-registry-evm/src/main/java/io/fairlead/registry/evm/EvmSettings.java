package io.fairlead.registry.evm;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.core.config.Types;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceProvider;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.source.SourceSettings;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A list in a contract on an EVM chain.
 *
 * @param chain name under {@code pubsub.chains}
 * @param contract 20 bytes as {@code 0x…}, lower case
 * @param quorum endpoints that must agree
 * @param abi of a contract that is no {@code ProxyRegistry}
 * @param allowPrivate whether the list may name addresses that are not public
 * @param defaultPort of endpoints that are written without one
 * @param reached how the chain is reached: what {@code pubsub.chains} says of it, for whoever opens
 *     it; a change of it is a change of the source
 */
public record EvmSettings(
    SourceRules rules,
    String chain,
    String contract,
    int quorum,
    Confirmations confirmations,
    Duration headMaxAge,
    int pageSize,
    Optional<CustomAbi> abi,
    boolean allowPrivate,
    OptionalInt defaultPort,
    Optional<Object> reached)
    implements SourceSettings {
  /** The word under {@code type}. */
  public static final String WORD = "evm";

  static final RecordType<EvmSettings> TYPE =
      RecordType.define(
          "registry_evm_source",
          "A list in a contract on an EVM chain, read at one block hash. With `quorum: 1` an"
              + " endpoint that invents a whole consistent list is believed within the rails.",
          fields -> {
            Field<SourceRules> rules = fields.flattened(SourceRules.TYPE);
            Field<Reference> chain =
                fields
                    .key(
                        "chain",
                        Types.reference("pubsub.chains"),
                        "The chain, by its name under `pubsub.chains`, which names its endpoints.")
                    .example("main")
                    .required();
            Field<String> contract =
                fields
                    .key(
                        "contract",
                        Types.string()
                            .matching("0x[0-9a-fA-F]{40}", "0x and 40 hex digits")
                            .mapped(
                                Codes.BAD_TEXT,
                                text -> text.toLowerCase(Locale.ROOT),
                                text -> text),
                        "Address of the contract.")
                    .example("\"0x5fbdb2315678afecb367f032d93f642f64180aa3\"")
                    .required();
            Field<Integer> quorum =
                fields
                    .key(
                        "quorum",
                        Types.integer().between(1, 16),
                        "How many of the chain's endpoints must say the same of the same block.")
                    .orElse(1);
            Field<Confirmations> confirmations =
                fields
                    .key("confirmations", Confirmations.TYPE, "When a change counts.")
                    .orElse(Confirmations.TYPE.defaults(), "{ add: 12, remove: 1 }");
            Field<Duration> headMaxAge =
                fields
                    .key(
                        "head_max_age",
                        Types.duration(),
                        "A newest block older than this makes the source stale, although it"
                            + " answers.")
                    .orElse(Duration.ofMinutes(5));
            Field<Integer> pageSize =
                fields
                    .key(
                        "page_size",
                        Types.integer().between(10, 500),
                        "Entries asked for at once; halved, down to 10, when an endpoint refuses.")
                    .orElse(100);
            Field<Optional<CustomAbi>> abi =
                fields
                    .key("abi", CustomAbi.TYPE, "How a contract that is no ProxyRegistry is read.")
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
            return values ->
                new EvmSettings(
                    values.get(rules),
                    values.get(chain).id(),
                    values.get(contract),
                    values.get(quorum),
                    values.get(confirmations),
                    values.get(headMaxAge),
                    values.get(pageSize),
                    values.get(abi),
                    values.get(allowPrivate),
                    values.get(port).map(OptionalInt::of).orElse(OptionalInt.empty()),
                    Optional.empty());
          });

  /** The same for the list as it was at one block: both depths are that block. */
  public EvmSettings at(long block) {
    Depth there = new Depth.At(block);
    return new EvmSettings(
        rules,
        chain,
        contract,
        quorum,
        new Confirmations(there, there),
        headMaxAge,
        pageSize,
        abi,
        allowPrivate,
        defaultPort,
        reached);
  }

  /** Whether it is the list of one block of the past, which nothing follows. */
  boolean past() {
    return confirmations.remove() instanceof Depth.At;
  }

  /** The same over this chain. */
  public EvmSettings over(Object chainConfig) {
    return new EvmSettings(
        rules,
        chain,
        contract,
        quorum,
        confirmations,
        headMaxAge,
        pageSize,
        abi,
        allowPrivate,
        defaultPort,
        Optional.of(chainConfig));
  }

  /** How such sources come in; opening one needs a chain, see {@link EvmSource}. */
  public static final class Provider implements SourceProvider<EvmSettings> {
    @Override
    public String type() {
      return WORD;
    }

    @Override
    public RecordType<EvmSettings> settings() {
      return TYPE;
    }

    @Override
    public RegistrySource open(EvmSettings settings, Clock clock) {
      throw new IllegalStateException(
          "source `" + settings.rules().name() + "` needs a program that opens chains");
    }
  }

  @Override
  public String type() {
    return WORD;
  }

  @Override
  public boolean guarded() {
    return !allowPrivate;
  }
}
