package io.fairlead.pubsub.chain;

import io.fairlead.core.config.ByteSizeType;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.DurationType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.HeaderCheck;
import io.fairlead.pubsub.ServiceSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One chain.
 *
 * @param identity what every endpoint must serve
 * @param quorum of use where the mode is one
 * @param subscriptions by name
 */
public record ChainConfig(
    ChainIdentity identity,
    List<EndpointConfig> endpoints,
    ChainMode mode,
    QuorumConfig quorum,
    ServiceSettings settings,
    Map<String, SubscriptionConfig> subscriptions,
    ChainMqtt mqtt) {
  private static final RecordType<ServiceSettings.Reconnect> RECONNECT =
      RecordType.define(
          "pubsub_reconnect",
          "How a lost connection is made again: at once, then with waits that grow and are spread"
              + " evenly from zero to their bound.",
          fields -> {
            ServiceSettings.Reconnect defaults = ServiceSettings.Reconnect.DEFAULT;
            Field<Duration> base =
                fields
                    .key(
                        "base",
                        Types.duration().atLeast(Duration.ofMillis(1)),
                        "Bound of the second wait; each later one is twice as long.")
                    .orElse(defaults.base());
            Field<Duration> cap =
                fields
                    .key(
                        "cap",
                        Types.duration().atLeast(Duration.ofMillis(1)),
                        "Longest bound of a wait.")
                    .orElse(defaults.cap());
            Field<Integer> attempts =
                fields
                    .key(
                        "max_attempts",
                        Types.integer().between(0, 1_000_000),
                        "Attempts in a row before the chain is given up; 0 for no end.")
                    .orElse(defaults.maxAttempts());
            Field<Boolean> persistent =
                fields
                    .key(
                        "persistent",
                        Types.bool(),
                        "Try on at the cap, even where a node refuses us for good.")
                    .orElse(true);
            fields.check(
                (values, checks) -> {
                  if (values.get(cap).compareTo(values.get(base)) < 0)
                    checks.error(cap, Codes.UNFIT, "`cap` is less than `base`", "raise it");
                });
            return values ->
                defaults
                    .times(values.get(base), values.get(cap))
                    .maxAttempts(values.get(attempts))
                    .persistent(values.get(persistent));
          });

  private static final RecordType<ServiceSettings.Keepalive> KEEPALIVE =
      RecordType.define(
          "pubsub_keepalive",
          "How a dead connection is noticed.",
          fields -> {
            ServiceSettings.Keepalive defaults = ServiceSettings.Keepalive.DEFAULT;
            Field<Duration> idle =
                fields
                    .key(
                        "idle",
                        Types.duration().atLeast(Duration.ofMillis(100)),
                        "Without a byte for so long, a ping is sent.")
                    .orElse(defaults.idle());
            Field<Duration> deadline =
                fields
                    .key(
                        "deadline",
                        Types.duration().atLeast(Duration.ofMillis(100)),
                        "Without a byte for so long after it, the connection is dead.")
                    .orElse(defaults.deadline());
            Field<Duration> probe =
                fields
                    .key(
                        "probe",
                        Types.duration().atLeast(Duration.ofMillis(100)),
                        "Idle time after which a request is the ping, where there are none (Unix"
                            + " sockets, HTTP).")
                    .orElse(defaults.probe());
            return values ->
                new ServiceSettings.Keepalive(
                    values.get(idle), values.get(deadline), values.get(probe));
          });

  private static final RecordType<ServiceSettings.Bounds> LIMITS =
      RecordType.define(
          "pubsub_limits",
          "What is held at most.",
          fields -> {
            ServiceSettings.Bounds defaults = ServiceSettings.Bounds.DEFAULT;
            Field<ByteSize> message =
                fields
                    .key("message", size(), "One message of a node; more ends the connection.")
                    .orElse(new ByteSize(defaults.messageBytes()));
            Field<ByteSize> frame =
                fields
                    .key("frame", size(), "One WebSocket frame.")
                    .orElse(new ByteSize(defaults.frameBytes()));
            Field<Integer> inFlight =
                fields
                    .key(
                        "in_flight",
                        Types.integer().between(1, 1_000_000),
                        "Requests without an answer; more are refused.")
                    .orElse(defaults.inFlight());
            Field<ByteSize> outbound =
                fields
                    .key("outbound", size(), "Bytes not yet sent; more requests are refused.")
                    .orElse(new ByteSize(defaults.outboundBytes()));
            Field<Integer> queueItems =
                fields
                    .key(
                        "queue_items",
                        Types.integer().between(1, 10_000_000),
                        "Items that wait for one consumer.")
                    .orElse(defaults.queueItems());
            Field<ByteSize> queueBytes =
                fields
                    .key("queue_bytes", size(), "Their bytes.")
                    .orElse(new ByteSize(defaults.queueBytes()));
            Field<Integer> subscriptions =
                fields
                    .key(
                        "subscriptions",
                        Types.integer().between(1, 1_000_000),
                        "Subscriptions of this chain; more are refused.")
                    .orElse(defaults.subscriptions());
            return values ->
                new ServiceSettings.Bounds(
                    (int) values.get(message).bytes(),
                    (int) values.get(frame).bytes(),
                    values.get(inFlight),
                    (int) values.get(outbound).bytes(),
                    values.get(queueItems),
                    (int) values.get(queueBytes).bytes(),
                    values.get(subscriptions));
          });

  private static ByteSizeType size() {
    return Types.size().atLeast(new ByteSize(1024)).atMost(ByteSize.ofMebi(1024));
  }

  public static final RecordType<ChainConfig> TYPE =
      RecordType.define(
          "pubsub_chain",
          "A chain, and the nodes that serve it.",
          fields -> {
            ServiceSettings defaults = ServiceSettings.DEFAULT;
            Field<Long> chainId =
                fields
                    .key(
                        "chain_id",
                        Types.longInteger().atLeast(1),
                        "What every node must say it serves; one that says otherwise is not used.")
                    .required();
            Field<Optional<Hash>> genesis =
                fields
                    .key(
                        "genesis_hash",
                        Types.string().mapped(Codes.BAD_TEXT, Hash::new, Hash::hex),
                        "Hash of block 0; without it the first node's is taken.")
                    .optional();
            Field<List<EndpointConfig>> endpoints =
                fields
                    .key(
                        "endpoints",
                        Types.listOf(EndpointConfig.TYPE).notEmpty(),
                        "Nodes; the best that is healthy is used, another when it fails.")
                    .required();
            Field<ChainMode> mode =
                fields
                    .key(
                        "mode",
                        Types.string().mapped(Codes.BAD_TEXT, ChainMode::parse, ChainMode::text),
                        "`failover`: one endpoint at a time; `race:N`: logs and headers of N at"
                            + " once, the first copy counts; `quorum:K`: what K of all endpoints"
                            + " tell counts.")
                    .orElse(ChainMode.FAILOVER);
            Field<QuorumConfig> quorum =
                fields
                    .key("quorum", QuorumConfig.TYPE, "What becomes of what too few tell.")
                    .orElse(QuorumConfig.DEFAULT);
            Field<Duration> connect =
                fields
                    .key("connect_timeout", time(), "For name, connection, TLS and upgrade.")
                    .orElse(defaults.connectTimeout());
            Field<Duration> request =
                fields
                    .key("request_timeout", time(), "For an answer.")
                    .orElse(defaults.requestTimeout());
            Field<Duration> subscribe =
                fields
                    .key("subscribe_timeout", time(), "For the answer to a subscribing request.")
                    .orElse(defaults.subscribeTimeout());
            Field<ServiceSettings.Reconnect> reconnect =
                fields
                    .key("reconnect", RECONNECT, "How a lost connection is made again.")
                    .orElse(RECONNECT.defaults());
            Field<ServiceSettings.Keepalive> keepalive =
                fields
                    .key("keepalive", KEEPALIVE, "How a dead connection is noticed.")
                    .orElse(KEEPALIVE.defaults());
            Field<ServiceSettings.Bounds> limits =
                fields.key("limits", LIMITS, "What is held at most.").orElse(LIMITS.defaults());
            Field<HeaderCheck> headerHash =
                fields
                    .key(
                        "header_hash",
                        Types.choice(HeaderCheck.class),
                        "`verify`: a header whose hash is not that of its fields is refused, and"
                            + " its endpoint left; one that cannot be worked out is taken."
                            + " `require`: that one is refused, too. `off`: nodes are believed, for"
                            + " chains that make hashes in another way.")
                    .orElse(defaults.headerCheck());
            Field<Map<String, SubscriptionConfig>> subscriptions =
                fields
                    .key(
                        "subscriptions",
                        Types.mapOf(SubscriptionConfig.TYPE),
                        "What is followed, by name.")
                    .orElse(Map.of());
            Field<ChainMqtt> mqtt =
                fields
                    .key("mqtt", ChainMqtt.TYPE, "What they tell, as MQTT messages.")
                    .orElse(ChainMqtt.TYPE.defaults());
            fields.check(
                (values, checks) -> {
                  Set<String> aliases = new HashSet<>();
                  for (EndpointConfig each : values.get(endpoints)) {
                    if (!aliases.add(each.alias()))
                      checks.error(
                          endpoints,
                          Codes.UNFIT,
                          "two endpoints are called `" + each.alias() + "`",
                          "give each an alias of its own");
                  }
                });
            fields.check(
                (values, checks) -> {
                  int asked = values.get(mode).count();
                  int there = values.get(endpoints).size();
                  if (asked > there)
                    checks.error(
                        mode,
                        Codes.UNFIT,
                        "`mode` asks for " + asked + " endpoints of " + there,
                        "name more endpoints, or ask for fewer");
                });
            fields.check(
                (values, checks) -> {
                  boolean asked = !values.get(quorum).equals(QuorumConfig.DEFAULT);
                  if (asked && values.get(mode).how() != ChainMode.How.QUORUM)
                    checks.error(
                        quorum,
                        Codes.UNFIT,
                        "`quorum` is set, and `mode` is `" + values.get(mode).text() + "`",
                        "write `mode: quorum:2`, or leave `quorum` out");
                });
            fields.check(
                (values, checks) -> {
                  long heads =
                      values.get(subscriptions).values().stream()
                          .filter(each -> each.kind() == SubscriptionConfig.Kind.NEW_HEADS)
                          .count();
                  if (heads > 1)
                    checks.error(
                        subscriptions,
                        Codes.UNFIT,
                        heads + " subscriptions of kind `new_heads`",
                        "one is enough: they tell on the same topic");
                });
            return values ->
                new ChainConfig(
                    new ChainIdentity(
                        true, OptionalLong.of(values.get(chainId)), values.get(genesis)),
                    values.get(endpoints),
                    values.get(mode),
                    values.get(quorum),
                    defaults
                        .waitFirst(true)
                        .headerCheck(values.get(headerHash))
                        .timeouts(values.get(connect), values.get(request), values.get(subscribe))
                        .reconnect(values.get(reconnect))
                        .keepalive(values.get(keepalive))
                        .bounds(values.get(limits)),
                    values.get(subscriptions),
                    values.get(mqtt));
          });

  private static DurationType time() {
    return Types.duration().atLeast(Duration.ofMillis(10)).atMost(Duration.ofHours(1));
  }

  /**
   * The endpoints themselves.
   *
   * @param path of this chain in the configuration, for problems
   * @throws ConfigException a file that one names is unreadable or not what it should be
   */
  public List<Endpoint> open(String path, JwtTokens tokens) throws ConfigException {
    List<Endpoint> all = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++)
      all.add(endpoints.get(i).endpoint(path + "/endpoints/" + i, tokens));
    return all;
  }

  /**
   * The endpoints, and those that are the same nodes' ways for large questions.
   *
   * @throws ConfigException as above
   */
  List<Endpoint> openAll(String path, JwtTokens tokens) throws ConfigException {
    List<Endpoint> all = new ArrayList<>(open(path, tokens));
    for (int i = 0; i < endpoints.size(); i++)
      endpoints.get(i).large(path + "/endpoints/" + i, tokens).ifPresent(all::add);
    return all;
  }

  /** Whether at most the endpoints, and what is told, differ. */
  boolean sameBut(ChainConfig other) {
    return identity.equals(other.identity)
        && mode.equals(other.mode)
        && quorum.equals(other.quorum)
        && settings.equals(other.settings);
  }
}
