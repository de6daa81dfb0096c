package io.fairlead.mqtt;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One item of {@code mqtt.bridges}: a connection to another broker, and what crosses it.
 *
 * @param addresses tried in order
 * @param clientId what the other broker knows it as; empty: the gateway's name and its own
 * @param localUser whose rights it has in this broker; empty: what its topics name
 * @param backoffMin the wait after all addresses failed once; it doubles up to {@code backoffMax}
 * @param announce whether a 3.1.1 broker is told that this is a bridge, by bit 0x80 of the protocol
 *     level
 */
public record BridgeConfig(
    String name,
    List<URI> addresses,
    MqttVersion version,
    Optional<String> clientId,
    Optional<String> user,
    Optional<Secret> password,
    Optional<String> localUser,
    Tls tls,
    List<Topic> topics,
    Duration keepAlive,
    Duration connectTimeout,
    Duration backoffMin,
    Duration backoffMax,
    boolean announce) {
  /** Which way messages go. */
  public enum Direction {
    OUT,
    IN,
    BOTH;

    /** Whether messages of this broker leave. */
    public boolean out() {
      return this != IN;
    }

    /** Whether messages of the other broker come in. */
    public boolean in() {
      return this != OUT;
    }
  }

  /**
   * What crosses.
   *
   * @param filter without the prefixes
   * @param qos the most
   * @param localPrefix stands before it in this broker
   * @param remotePrefix stands before it in the other
   * @param retain whether retained messages stay retained
   */
  public record Topic(
      String filter,
      Direction direction,
      int qos,
      String localPrefix,
      String remotePrefix,
      boolean retain) {
    /** As this broker knows it. */
    public String local() {
      return localPrefix + filter;
    }

    /** As the other broker knows it. */
    public String remote() {
      return remotePrefix + filter;
    }
  }

  /**
   * How {@code mqtts} addresses are trusted.
   *
   * @param ca instead of the system's authorities
   * @param serverName instead of the host of the address
   */
  public record Tls(
      Optional<Path> ca,
      Optional<Path> cert,
      Optional<Path> key,
      Optional<String> serverName,
      boolean insecure) {
    /** Files whose content is part of it. */
    List<Path> files() {
      return Stream.of(ca, cert, key).flatMap(Optional::stream).toList();
    }
  }

  private static final ConfigType<MqttVersion> VERSION =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "\"3.1.1\" or \"5.0\"",
          Map.of("enum", List.of("3.1.1", "5.0")),
          BridgeConfig::version,
          MqttVersion::word);

  private static final RecordType<Topic> TOPIC =
      RecordType.define(
          "mqtt_bridge_topic",
          "Topics that cross a bridge.",
          f -> {
            Field<String> filter =
                f.key(
                        "filter",
                        Types.string().orEmpty(),
                        "Which topics, without the prefixes; empty: the prefixes are one whole"
                            + " topic each.")
                    .example("sensors/#")
                    .required();
            Field<Direction> direction =
                f.key(
                        "direction",
                        Types.choice(Direction.class),
                        "Messages leave (out), come in (in), or both.")
                    .orElse(Direction.OUT);
            Field<Integer> qos =
                f.key("qos", Types.integer().between(0, 2), "The most; higher ones are lowered.")
                    .orElse(1);
            Field<String> local =
                f.key("local_prefix", Types.string(), "Stands before the filter in this broker.")
                    .example("site7/")
                    .orElse("");
            Field<String> remote =
                f.key(
                        "remote_prefix",
                        Types.string(),
                        "Stands before the filter in the other broker.")
                    .example("plants/site7/")
                    .orElse("");
            Field<Boolean> retain =
                f.key("retain", Types.bool(), "Whether retained messages stay retained.")
                    .orElse(true);
            f.check(
                (v, checks) -> {
                  checkFilter(local, v.get(local) + v.get(filter), checks);
                  checkFilter(remote, v.get(remote) + v.get(filter), checks);
                  for (Field<String> prefix : List.of(local, remote)) {
                    String text = v.get(prefix);
                    if (text.indexOf('+') < 0 && text.indexOf('#') < 0) continue;
                    checks.error(
                        prefix,
                        Codes.UNFIT,
                        "a prefix is a piece of a topic, without wildcards",
                        "move the wildcard into filter");
                  }
                });
            return v ->
                new Topic(
                    v.get(filter),
                    v.get(direction),
                    v.get(qos),
                    v.get(local),
                    v.get(remote),
                    v.get(retain));
          });

  private static final RecordType<Tls> TLS =
      RecordType.define(
          "mqtt_bridge_tls",
          "How mqtts addresses of a bridge are trusted.",
          f -> {
            Field<Optional<Path>> ca =
                f.key("ca", Types.path(), "Authorities (PEM), instead of the system's.")
                    .example("tls/cloud-ca.pem")
                    .optional();
            Field<Optional<Path>> cert =
                f.key("cert", Types.path(), "The certificate that is shown (PEM).").optional();
            Field<Optional<Path>> key = f.key("key", Types.path(), "Its key (PEM).").optional();
            Field<Optional<String>> name =
                f.key(
                        "server_name",
                        Types.string(),
                        "The name its certificate must have, instead of the address's host.")
                    .optional();
            Field<Boolean> insecure =
                f.key(
                        "insecure_skip_verify",
                        Types.bool(),
                        "Takes any certificate. Only to find out what is wrong with one.")
                    .orElse(false);
            f.check(
                (v, checks) -> {
                  if (v.get(cert).isPresent() == v.get(key).isPresent()) return;
                  checks.error(cert, Codes.UNFIT, "cert and key belong together", "write both");
                });
            return v -> new Tls(v.get(ca), v.get(cert), v.get(key), v.get(name), v.get(insecure));
          });

  /** The definition of one item. */
  public static final RecordType<BridgeConfig> TYPE =
      RecordType.define(
          "mqtt_bridge",
          "A connection to another broker.",
          f -> {
            Field<String> name =
                f.key(
                        "name",
                        Types.string().matching("[A-Za-z0-9_-]{1,64}", "a name such as cloud"),
                        "What it is called. What waits to leave is kept under this name.")
                    .example("cloud")
                    .required();
            Field<List<URI>> addresses =
                f.key(
                        "addresses",
                        Types.listOf(Types.url("mqtt", "mqtts")).notEmpty().orSingle(),
                        "Where the other broker is, tried in order.")
                    .example("[\"mqtts://broker.example.org:8883\"]")
                    .required();
            Field<MqttVersion> version =
                f.key(
                        "version",
                        VERSION,
                        "What is spoken. 5.0 keeps properties, says who refused what, and finds"
                            + " loops.")
                    .orElse(MqttVersion.V5);
            Field<Optional<String>> clientId =
                f.key(
                        "client_id",
                        Types.string(),
                        "What the other broker knows it as; `GATEWAY-NAME` when it is not said,"
                            + " of the gateway's name and the bridge's.")
                    .optional();
            Field<Optional<String>> user =
                f.key("user", Types.string(), "Account at the other broker.").optional();
            Field<Optional<Secret>> password =
                f.key("password", Types.secret(), "Its password.").optional();
            Field<Optional<String>> localUser =
                f.key(
                        "local_user",
                        Types.string(),
                        "Takes and gives here only what the access list (`mqtt.acl`) lets this user"
                            + " publish and read; left out: all that its topics name.")
                    .example("cloud")
                    .optional();
            Field<Tls> tls =
                f.key("tls", TLS, "How mqtts addresses are trusted.").orElse(TLS.defaults());
            Field<List<Topic>> topics =
                f.key(
                        "topics",
                        Types.listOf(TOPIC).notEmpty(),
                        "What crosses; for a message that several mean, the first counts.")
                    .example("[ { filter: sensors/#, direction: out } ]")
                    .required();
            Field<Duration> keepAlive =
                f.key(
                        "keep_alive",
                        Types.duration().atLeast(Duration.ofSeconds(1)),
                        "How often it is heard that the other broker is there.")
                    .orElse(Duration.ofSeconds(60));
            Field<Duration> connect =
                f.key(
                        "connect_timeout",
                        Types.timeLimit(Duration.ofMillis(100)),
                        "From the dial to the other broker's word.")
                    .orElse(Duration.ofSeconds(10));
            Field<Duration> min =
                f.key(
                        "backoff_min",
                        Types.timeLimit(Duration.ofMillis(10)),
                        "The wait after all addresses failed; it doubles each time.")
                    .orElse(Duration.ofSeconds(1));
            Field<Duration> max =
                f.key(
                        "backoff_max",
                        Types.timeLimit(Duration.ofMillis(10)),
                        "The longest such wait.")
                    .orElse(Duration.ofSeconds(60));
            Field<Boolean> announce =
                f.key(
                        "announce",
                        Types.bool(),
                        "Tells a broker of version 3.1.1 that this is a bridge, so that it does not"
                            + " send back what came from here; one that refuses such a connection"
                            + " is tried again without.")
                    .orElse(true);
            f.check(
                (v, checks) -> {
                  if (v.get(max).compareTo(v.get(min)) < 0) {
                    checks.error(
                        max, Codes.UNFIT, "backoff_max is less than backoff_min", "raise it");
                  }
                  if (v.get(password).isPresent() && v.get(user).isEmpty()) {
                    checks.error(password, Codes.UNFIT, "a password without user", "add user");
                  }
                });
            return v ->
                new BridgeConfig(
                    v.get(name),
                    v.get(addresses),
                    v.get(version),
                    v.get(clientId),
                    v.get(user),
                    v.get(password),
                    v.get(localUser),
                    v.get(tls),
                    v.get(topics),
                    v.get(keepAlive),
                    v.get(connect),
                    v.get(min),
                    v.get(max),
                    v.get(announce));
          });

  public BridgeConfig {
    addresses = List.copyOf(addresses);
    topics = List.copyOf(topics);
  }

  /** Whether an address is secured. */
  public static boolean secured(URI address) {
    return "mqtts".equalsIgnoreCase(address.getScheme());
  }

  private static void checkFilter(Field<String> field, String text, Checks checks) {
    try {
      TopicFilter filter = TopicFilter.of(text, TopicLimits.DEFAULT);
      if (!filter.shared()) return;
      checks.error(
          field, Codes.UNFIT, text + ": a bridge has no shared subscriptions", "name the topics");
    } catch (BadTopicException bad) {
      checks.error(
          field,
          Codes.BAD_TEXT,
          "\"" + text + "\" is no topic filter: " + bad.getMessage(),
          "write levels between slashes, + for one of them, # for the rest");
    }
  }

  private static Optional<MqttVersion> version(String text) {
    return switch (text) {
      case "3.1.1" -> Optional.of(MqttVersion.V3_1_1);
      case "5.0" -> Optional.of(MqttVersion.V5);
      default -> Optional.empty();
    };
  }
}
