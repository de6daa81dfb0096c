package io.fairlead.pubsub.chain;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.DeliveryLevel;
import io.fairlead.pubsub.Finality;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.LogOptions;
import java.util.List;
import java.util.Optional;

/**
 * A subscription by name, for what the gateway tells about a chain.
 *
 * @param events signatures whose arguments are decoded; without {@code topics} they are the filter
 * @param topics any of the topics at each place; an empty place means any
 */
public record SubscriptionConfig(
    Kind kind,
    List<Address> addresses,
    List<List<Hash>> topics,
    List<String> events,
    DeliveryLevel level,
    int confirmations,
    Finality finality,
    Optional<Long> fromBlock,
    int reorgDepth,
    CursorPlace cursor,
    LogOptions.AfterDeepReorg afterDeepReorg) {
  /** What is followed. */
  public enum Kind {
    LOGS,
    NEW_HEADS
  }

  /** Where progress is remembered. */
  public enum CursorPlace {
    FILE,
    NONE
  }

  /** Levels a consumer that must not lose anything may ask for. */
  private enum Level {
    RESUMED,
    EXACT
  }

  private static final int EVENTS_MAX = 64;
  private static final ConfigType<Hash> TOPIC =
      Types.string().mapped(Codes.BAD_TEXT, Hash::new, Hash::hex);
  private static final ConfigType<Address> ADDRESS =
      Types.string().mapped(Codes.BAD_TEXT, Address::new, Address::hex);

  public static final RecordType<SubscriptionConfig> TYPE =
      RecordType.define(
          "pubsub_subscription",
          "What is followed of a chain, under a name of its own.",
          fields -> {
            LogOptions defaults = LogOptions.DEFAULT;
            Field<Kind> kind =
                fields
                    .key(
                        "kind",
                        Types.choice(Kind.class),
                        "`logs` of contracts, or `new_heads`: the headers of blocks.")
                    .required();
            Field<List<Address>> address =
                fields
                    .key(
                        "address",
                        Types.listOf(ADDRESS).orSingle(),
                        "Contracts whose logs are meant; without one, all.")
                    .orElse(List.of());
            Field<List<List<Hash>>> topics =
                fields
                    .key(
                        "topics",
                        Types.listOf(Types.listOf(TOPIC).orSingle()),
                        "For each of at most four places the topics of which one must stand there;"
                            + " an empty list means any.")
                    .orElse(List.of());
            Field<List<String>> events =
                fields
                    .key(
                        "events",
                        Types.listOf(Types.string()).orSingle(),
                        "Signatures whose arguments are told decoded. Without `topics` only logs of"
                            + " these are followed.")
                    .example("Transfer(address indexed from, address indexed to, uint256 value)")
                    .orElse(List.of());
            Field<Level> level =
                fields
                    .key(
                        "level",
                        Types.choice(Level.class),
                        "`resumed`: live at once, holes are filled; `exact`: block by block in"
                            + " order, each verified.")
                    .orElse(Level.RESUMED);
            Field<Integer> confirmations =
                fields
                    .key(
                        "confirmations",
                        Types.integer().between(0, 10_000),
                        "Blocks that must lie on top of a log's own before it is told.")
                    .orElse(0);
            Field<Finality> finality =
                fields
                    .key(
                        "finality",
                        Types.choice(Finality.class),
                        "Up to which of the node's tags logs are told.")
                    .orElse(defaults.finality());
            Field<Optional<Long>> fromBlock =
                fields
                    .key(
                        "from_block",
                        Types.longInteger().atLeast(0),
                        "Where history starts, when no cursor says where to go on; without it, with"
                            + " what happens from now on.")
                    .optional();
            Field<Integer> reorgDepth =
                fields
                    .key(
                        "reorg_depth",
                        Types.integer().between(1, 65_536),
                        "Blocks remembered, so that what leaves the chain can be taken back.")
                    .orElse(defaults.reorgDepth());
            Field<CursorPlace> cursor =
                fields
                    .key(
                        "cursor",
                        Types.choice(CursorPlace.class),
                        "`file`: below `state_dir` is remembered how far was told, and a restart"
                            + " goes on there.")
                    .orElse(CursorPlace.FILE);
            Field<LogOptions.AfterDeepReorg> deep =
                fields
                    .key(
                        "after_deep_reorg",
                        Types.choice(LogOptions.AfterDeepReorg.class),
                        "After a reorganisation deeper than what is remembered: `fail` ends the"
                            + " subscription, `continue` goes on after telling of the gap.")
                    .orElse(defaults.afterDeepReorg());
            fields.check(
                (values, checks) -> {
                  if (values.get(topics).size() > 4)
                    checks.error(
                        topics,
                        Codes.UNFIT,
                        "`topics` has " + values.get(topics).size() + " places",
                        "a log has at most four");
                  if (values.get(events).size() > EVENTS_MAX)
                    checks.error(
                        events,
                        Codes.UNFIT,
                        "`events` has " + values.get(events).size() + " signatures",
                        "at most " + EVENTS_MAX);
                  boolean ofLogs =
                      !values.get(address).isEmpty()
                          || !values.get(topics).isEmpty()
                          || !values.get(events).isEmpty();
                  if (values.get(kind) == Kind.NEW_HEADS && ofLogs)
                    checks.error(
                        kind,
                        Codes.UNFIT,
                        "headers have neither `address`, `topics` nor `events`",
                        "write `kind: logs`");
                });
            return values ->
                new SubscriptionConfig(
                    values.get(kind),
                    values.get(address),
                    values.get(topics),
                    values.get(events),
                    values.get(level) == Level.EXACT ? DeliveryLevel.EXACT : DeliveryLevel.RESUMED,
                    values.get(confirmations),
                    values.get(finality),
                    values.get(fromBlock),
                    values.get(reorgDepth),
                    values.get(cursor),
                    values.get(deep));
          });

  /** Which logs, as far as addresses and topics say it. */
  public LogFilter filter() {
    return new LogFilter(addresses, topics);
  }

  /** How they are told, without a cursor. */
  public LogOptions options() {
    LogOptions options =
        LogOptions.DEFAULT
            .level(level)
            .confirmations(confirmations)
            .finality(finality)
            .reorgDepth(reorgDepth)
            .afterDeepReorg(afterDeepReorg);
    return fromBlock.isPresent() ? options.fromBlock(fromBlock.get()) : options;
  }
}
