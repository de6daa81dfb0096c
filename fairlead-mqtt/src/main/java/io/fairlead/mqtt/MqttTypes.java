package io.fairlead.mqtt;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import io.fairlead.mqtt.MqttConfig.ClientIdPolicy;
import io.fairlead.mqtt.MqttConfig.Drain;
import io.fairlead.mqtt.MqttConfig.DrainWills;
import io.fairlead.mqtt.MqttConfig.Durability;
import io.fairlead.mqtt.MqttConfig.Limits;
import io.fairlead.mqtt.MqttConfig.ListenerLimits;
import io.fairlead.mqtt.MqttConfig.Persistence;
import io.fairlead.mqtt.MqttConfig.Protocol;
import io.fairlead.mqtt.MqttConfig.Queue;
import io.fairlead.mqtt.MqttConfig.RefusedPublish;
import io.fairlead.mqtt.MqttConfig.RefusedSubscribe;
import io.fairlead.mqtt.MqttConfig.Retained;
import io.fairlead.mqtt.MqttConfig.Sessions;
import io.fairlead.mqtt.MqttConfig.UserLimits;
import io.fairlead.mqtt.MqttConfig.WhenFull;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.topic.TopicLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Parts of the section. Apart from {@link MqttConfig}, so that they are initialised first. */
final class MqttTypes {
  private static final Duration LINGER_MOST = Duration.ofMillis(100);
  private static final ConfigType<Duration> SPAN = Types.timeLimit(Duration.ofMillis(1));

  /** As many bytes as a packet can have. */
  private static final ByteSize PACKET_MOST = new ByteSize(268_435_460);

  private static final ConfigType<MqttVersion> VERSION =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "\"3.1\", \"3.1.1\" or \"5.0\"",
          Map.of("enum", List.of("3.1", "3.1.1", "5.0")),
          MqttTypes::version,
          MqttVersion::word);

  static final RecordType<Protocol> PROTOCOL =
      RecordType.define(
          "mqtt_protocol",
          "What is spoken, and its bounds.",
          f -> {
            Field<List<MqttVersion>> versions =
                f.key("versions", Types.listOf(VERSION).notEmpty(), "Versions clients may speak.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(List.of(MqttVersion.values()));
            Field<Integer> maxQos =
                f.key("max_qos", Types.integer().between(0, 2), "Highest QoS of messages.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(2);
            Field<Boolean> retain =
                f.key("retain", Types.bool(), "Whether messages may be retained.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(true);
            Field<Boolean> wildcard =
                f.key("wildcard", Types.bool(), "Whether filters may have wildcards.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(true);
            Field<Boolean> shared =
                f.key("shared", Types.bool(), "Whether subscriptions may be shared.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(true);
            Field<Boolean> ids =
                f.key("subscription_ids", Types.bool(), "Whether subscriptions may have an id.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(true);
            Field<ByteSize> maxPacket =
                f.key(
                        "max_packet",
                        bytes(
                            Types.size().atLeast(new ByteSize(128)).atMost(ByteSize.ofMebi(255)),
                            PACKET_MOST),
                        "Largest packet taken from a client; clients of version 5 are told.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(ByteSize.ofMebi(1));
            Field<Integer> receive =
                f.key(
                        "receive_maximum",
                        count(1, 65_535, 65_535),
                        "Messages a client may send that are not acknowledged.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(100);
            Field<Integer> alias =
                f.key(
                        "topic_alias_max",
                        count(0, 65_535, 65_535),
                        "Topics a client may name by number.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(32);
            Field<Integer> keepAlive =
                f.key(
                        "max_keep_alive",
                        count(1, 65_535, Integer.MAX_VALUE),
                        "Longest keep alive, in seconds; clients of version 5 are told.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(65_535);
            Field<Boolean> unlimited =
                f.key(
                        "allow_unlimited_keep_alive",
                        Types.bool(),
                        "Whether a client may ask for no keep alive.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(true);
            Field<Duration> connect =
                f.key("connect_timeout", SPAN, "From the accept to a whole CONNECT.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(Duration.ofSeconds(10));
            Field<Duration> auth =
                f.key("auth_timeout", SPAN, "From CONNECT to its answer.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(Duration.ofSeconds(10));
            Field<Duration> frame =
                f.key("frame_timeout", SPAN, "From a packet's first byte to its last.")
                    .orElse(Duration.ofSeconds(60));
            Field<ClientIdPolicy> policy =
                f.key(
                        "client_id_policy",
                        Types.choice(ClientIdPolicy.class),
                        "What a client id must be: anything, begin with the account's name, be"
                            + " that name, or be the common name of the certificate that the client"
                            + " shows.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(ClientIdPolicy.ANY);
            Field<Integer> v31Id =
                f.key(
                        "v31_client_id_max",
                        count(1, 65_535, 65_535),
                        "Bytes of a client id of version 3.1, whose standard says 23; later"
                            + " versions have no such bound.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(23);
            Field<Boolean> dollar =
                f.key(
                        "publish_dollar",
                        Types.bool(),
                        "Whether clients may publish below names that begin with $; below"
                            + " $SYS, $share, $queue and $fairlead they never may.")
                    .orElse(true);
            Field<Boolean> validate =
                f.key(
                        "validate_payload_format",
                        Types.bool(),
                        "Refuses payloads that are said to be UTF-8 and are not.")
                    .orElse(false);
            Field<RefusedPublish> refused =
                f.key(
                        "v3_refused_publish",
                        Types.choice(RefusedPublish.class),
                        "What a client before version 5 gets for a message it may not send: the"
                            + " connection closed, or an acknowledgement and nothing else.")
                    .orElse(RefusedPublish.CLOSE);
            Field<RefusedSubscribe> unsubscribed =
                f.key(
                        "v31_refused_subscribe",
                        Types.choice(RefusedSubscribe.class),
                        "What a client of version 3.1, which has no word for it, gets for a filter"
                            + " it may not read: the connection closed, or QoS 0 granted and no"
                            + " message.")
                    .orElse(RefusedSubscribe.CLOSE);
            Field<Optional<String>> prefix =
                f.key(
                        "response_prefix",
                        Types.string(),
                        "Topic told to clients that ask where answers may go; {clientid} stands"
                            + " for the client's id.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .example("resp/{clientid}/")
                    .optional();
            return v ->
                new Protocol(
                    v.get(versions),
                    v.get(maxQos),
                    v.get(retain),
                    v.get(wildcard),
                    v.get(shared),
                    v.get(ids),
                    v.get(maxPacket),
                    v.get(receive),
                    v.get(alias),
                    v.get(keepAlive),
                    v.get(unlimited),
                    v.get(connect),
                    v.get(auth),
                    v.get(frame),
                    v.get(policy),
                    v.get(v31Id),
                    v.get(dollar),
                    v.get(validate),
                    v.get(refused),
                    v.get(unsubscribed),
                    v.get(prefix));
          });

  private static final RecordType<Queue> QUEUE =
      RecordType.define(
          "mqtt_queue",
          "What waits for one session.",
          f -> {
            Field<Integer> online =
                f.key(
                        "online",
                        count(1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                        "Messages while it is connected.")
                    .orElse(1000);
            Field<ByteSize> onlineBytes =
                f.key("online_bytes", sizeOrOff(), "Their bytes.").orElse(ByteSize.ofMebi(8));
            Field<Integer> offline =
                f.key(
                        "offline",
                        count(1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                        "Messages while it is away.")
                    .orElse(10_000);
            Field<ByteSize> offlineBytes =
                f.key("offline_bytes", sizeOrOff(), "Their bytes.").orElse(ByteSize.ofMebi(64));
            Field<Integer> qos0 =
                f.key(
                        "qos0",
                        count(1, Integer.MAX_VALUE, Integer.MAX_VALUE),
                        "Messages of QoS 0 while it is connected and does not read; the newest"
                            + " goes.")
                    .orElse(1000);
            Field<WhenFull> full =
                f.key(
                        "full",
                        Types.choice(WhenFull.class),
                        "What becomes of one message more: the oldest goes, it goes itself, its"
                            + " publisher is refused, or the session ends.")
                    .orElse(WhenFull.DROP_OLDEST);
            return v ->
                new Queue(
                    v.get(online),
                    v.get(onlineBytes),
                    v.get(offline),
                    v.get(offlineBytes),
                    v.get(qos0),
                    v.get(full));
          });

  static final RecordType<Sessions> SESSIONS =
      RecordType.define(
          "mqtt_sessions",
          "What is remembered of clients.",
          f -> {
            Field<Duration> maxExpiry =
                f.key(
                        "max_expiry",
                        Types.timeLimit(Duration.ZERO),
                        "How long a session outlives its connection at most.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(Duration.ofDays(30));
            Field<Duration> v3 =
                f.key(
                        "v3_expiry",
                        Types.timeLimit(Duration.ZERO),
                        "How long one outlives it that a client before version 5 wants kept.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(Duration.ofDays(30));
            Field<Integer> v3Inflight =
                f.key(
                        "v3_inflight",
                        count(1, 65_535, 65_535),
                        "Unacknowledged messages sent to a client before version 5.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(20);
            Field<Integer> maxInflight =
                f.key(
                        "max_inflight",
                        count(1, 65_535, 65_535),
                        "Unacknowledged messages sent to any client, whatever it allows.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(1000);
            Field<Boolean> qos0 =
                f.key(
                        "queue_qos0",
                        Types.bool(),
                        "Keeps messages of QoS 0, too, for sessions that are away.")
                    .orElse(false);
            Field<Duration> stall =
                f.key(
                        "stall_timeout",
                        SPAN,
                        "How long a client may read nothing while as much waits for it as may; its"
                            + " connection ends then, its session stays.")
                    .orElse(Duration.ofSeconds(60));
            Field<Queue> queue =
                f.key("queue", QUEUE, "What waits for one session.").orElse(QUEUE.defaults());
            return v ->
                new Sessions(
                    v.get(maxExpiry),
                    v.get(v3),
                    v.get(v3Inflight),
                    v.get(maxInflight),
                    v.get(qos0),
                    v.get(stall),
                    v.get(queue));
          });

  static final RecordType<Retained> RETAINED =
      RecordType.define(
          "mqtt_retained",
          "Bounds of retained messages.",
          f -> {
            Field<Limit> messages =
                f.key("max_messages", Types.limit(), "How many.").orElse(Limit.atMost(1_000_000));
            Field<ByteSize> bytes =
                f.key("max_bytes", sizeOrOff(), "Their bytes, topics and payloads.")
                    .orElse(ByteSize.ofMebi(1024));
            return v -> new Retained(v.get(messages), v.get(bytes));
          });

  static final RecordType<UserLimits> USER_LIMITS =
      RecordType.define(
          "mqtt_user_limits",
          "Bounds of all clients of one account together; anonymous clients are nobody's.",
          f -> {
            Field<Limit> sessions =
                f.key("sessions", Types.limit(), "Sessions, connected or not.")
                    .orElse(new Limit.Unlimited());
            Field<Optional<Rate>> rate =
                f.key(
                        "publish_rate",
                        Types.orOff(Types.rate()),
                        "Messages; beyond that its clients are read more slowly.")
                    .orElse(Optional.empty());
            Field<Optional<ByteSize>> bytes =
                f.key(
                        "publish_bytes",
                        Types.orOff(Types.byteRate()),
                        "Bytes of messages; beyond that its clients are read more slowly.")
                    .orElse(Optional.empty());
            Field<Limit> retained =
                f.key(
                        "retained",
                        Types.limit(),
                        "Retained messages; one beyond that is refused (0x97). Those from before a"
                            + " restart count once they are set again.")
                    .orElse(new Limit.Unlimited());
            return v -> new UserLimits(v.get(sessions), v.get(rate), v.get(bytes), v.get(retained));
          });

  static final RecordType<ListenerLimits> LISTENER_LIMITS =
      RecordType.define(
          "mqtt_listener_limits",
          "Bounds of all clients of one listener together.",
          f -> {
            Field<Optional<Rate>> rate =
                f.key(
                        "publish_rate",
                        Types.orOff(Types.rate()),
                        "Messages; beyond that its clients are read more slowly.")
                    .orElse(Optional.empty());
            Field<Optional<ByteSize>> bytes =
                f.key(
                        "publish_bytes",
                        Types.orOff(Types.byteRate()),
                        "Bytes of messages; beyond that its clients are read more slowly.")
                    .orElse(Optional.empty());
            return v -> new ListenerLimits(v.get(rate), v.get(bytes));
          });

  static final RecordType<Persistence> PERSISTENCE =
      RecordType.define(
          "mqtt_persistence",
          "What outlives the process.",
          f -> {
            Field<Durability> durability =
                f.key(
                        "durability",
                        Types.choice(Durability.class),
                        "What has happened to a message that is acknowledged, and to a session or"
                            + " retained message that is confirmed: it is on the disk and survives"
                            + " the loss of power (fsync), the operating system has it and it"
                            + " survives the end of the process (write), or it is in memory.")
                    .reload(ReloadClass.RESTART)
                    .orElse(Durability.FSYNC);
            Field<Optional<Path>> dir =
                f.key(
                        "dir",
                        Types.path(),
                        "Where sessions and messages are kept; `mqtt` below `runtime.state_dir`"
                            + " when it is not said. One gateway at a time.")
                    .reload(ReloadClass.RESTART)
                    .example("/var/lib/fairlead/mqtt")
                    .optional();
            Field<ByteSize> minFree =
                f.key(
                        "min_free",
                        Types.size(),
                        "Free disk space below which messages of QoS 1 and 2 are refused; a"
                            + " twentieth of the disk, if that is less.")
                    .reload(ReloadClass.RESTART)
                    .orElse(ByteSize.ofMebi(1024));
            Field<Duration> linger =
                f.key(
                        "linger",
                        Types.duration().atMost(LINGER_MOST),
                        "How long the first of a group of messages that wait to be kept waits for"
                            + " more, so that fewer forced writes serve all; each acknowledgement"
                            + " may come later by that much. Without it a group forms while the"
                            + " one before it is forced, which is faster on nearly every disk.")
                    .example("1ms")
                    .orElse(Duration.ZERO);
            Field<Optional<ByteSize>> memory =
                f.key(
                        "memory",
                        Types.orOff(Types.size().atLeast(ByteSize.ofMebi(16))),
                        "What the store may take beside the Java heap: what is not in files yet,"
                            + " the indexes of files and what was read last. Writing waits when it"
                            + " is used up and the disk is slower than what comes.")
                    .reload(ReloadClass.RESTART)
                    .orElse(Optional.of(ByteSize.ofMebi(128)));
            return v ->
                new Persistence(
                    v.get(durability), v.get(dir), v.get(minFree), v.get(linger), v.get(memory));
          });

  static final RecordType<Limits> LIMITS =
      RecordType.define(
          "mqtt_limits",
          "Bounds of each client and of all.",
          f -> {
            Field<ByteSize> connect =
                f.key(
                        "connect_packet",
                        bytes(
                            Types.size().atLeast(new ByteSize(64)).atMost(ByteSize.ofMebi(1)),
                            PACKET_MOST),
                        "A packet of a client that is not accepted yet.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(ByteSize.ofKibi(64));
            Field<Optional<Rate>> rate =
                f.key(
                        "publish_rate",
                        Types.orOff(Types.rate()),
                        "Messages of one client; beyond that it is read more slowly.")
                    .orElse(Optional.of(new Rate(1000)));
            Field<Optional<ByteSize>> bytes =
                f.key(
                        "publish_bytes",
                        Types.orOff(Types.byteRate()),
                        "Bytes of one client's messages; beyond that it is read more slowly.")
                    .orElse(Optional.of(ByteSize.ofMebi(1)));
            Field<Limit> subscriptions =
                f.key("subscriptions", Types.limit(), "Subscriptions of one session.")
                    .orElse(Limit.atMost(200));
            Field<Limit> total =
                f.key("subscriptions_total", Types.limit(), "Subscriptions of all sessions.")
                    .orElse(Limit.atMost(1_000_000));
            Field<Limit> sessions =
                f.key("sessions", Types.limit(), "Sessions, connected or not.")
                    .orElse(Limit.atMost(100_000));
            Field<Integer> levels =
                f.key(
                        "topic_levels",
                        count(1, TopicLimits.LEVELS_CEILING, TopicLimits.LEVELS_CEILING),
                        "Levels of a topic; off is as many as can be walked, 1024.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(128);
            Field<Integer> topicBytes =
                f.key("topic_bytes", count(1, 65_535, 65_535), "Bytes of a topic.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(4096);
            Field<Integer> user =
                f.key(
                        "user_properties",
                        count(0, 10_000, Integer.MAX_VALUE),
                        "User properties of one packet; together they have 16 KiB, unless this is"
                            + " off.")
                    .reload(ReloadClass.NEXT_CONNECT)
                    .orElse(64);
            Field<Integer> wildcards =
                f.key(
                        "wildcards_per_filter",
                        count(0, TopicLimits.LEVELS_CEILING, TopicLimits.LEVELS_CEILING),
                        "+ and # in one filter.")
                    .orElse(8);
            Field<Optional<Rate>> subscribe =
                f.key(
                        "subscribe_rate",
                        Types.orOff(Types.rate()),
                        "Subscriptions of one connection; one beyond that is refused (0x97).")
                    .orElse(Optional.empty());
            Field<UserLimits> perUser =
                f.key("per_user", USER_LIMITS, "Bounds of all clients of one account together.")
                    .orElse(USER_LIMITS.defaults());
            Field<ListenerLimits> perListener =
                f.key(
                        "per_listener",
                        LISTENER_LIMITS,
                        "Bounds of all clients of one listener together.")
                    .orElse(LISTENER_LIMITS.defaults());
            Field<Limit> groups =
                f.key(
                        "shared_groups",
                        Types.limit(),
                        "Shared groups with members; a subscription that begins one more is refused"
                            + " (0x97).")
                    .orElse(Limit.atMost(10_000));
            return v ->
                new Limits(
                    v.get(connect),
                    v.get(rate),
                    v.get(bytes),
                    v.get(subscriptions),
                    v.get(total),
                    v.get(sessions),
                    v.get(levels),
                    v.get(topicBytes),
                    v.get(user),
                    v.get(wildcards),
                    v.get(subscribe),
                    v.get(perUser),
                    v.get(perListener),
                    v.get(groups));
          });

  static final RecordType<Drain> DRAIN =
      RecordType.define(
          "mqtt_drain",
          "How clients are let go when the broker stops.",
          f -> {
            Field<Duration> flush =
                f.key("flush", Types.duration(), "Time for what waits to be sent.")
                    .orElse(Duration.ofSeconds(5));
            Field<Duration> spread =
                f.key("spread", Types.duration(), "Clients are told one by one over this time.")
                    .orElse(Duration.ofSeconds(10));
            Field<DrainWills> wills =
                f.key(
                        "wills",
                        Types.choice(DrainWills.class),
                        "Whose wills are sent: those of sessions that end, all, or none.")
                    .orElse(DrainWills.AUTO);
            Field<Optional<String>> redirect =
                f.key(
                        "redirect",
                        Types.string(),
                        "Where clients are sent instead, HOST:PORT; several with spaces. Clients of"
                            + " version 5 are told (0x9C).")
                    .example("mqtt2.example.org:1883")
                    .optional();
            return v -> new Drain(v.get(flush), v.get(spread), v.get(wills), v.get(redirect));
          });

  private MqttTypes() {}

  /** A count, or {@code off}, which is {@code most}. */
  private static ConfigType<Integer> count(int min, int max, int most) {
    return Types.orOff(Types.integer().between(min, max))
        .mapped(
            Codes.OUT_OF_RANGE,
            said -> said.orElse(most),
            held -> held == most ? Optional.empty() : Optional.of(held));
  }

  /** Bytes, or {@code off}, which is {@code most}. */
  private static ConfigType<ByteSize> bytes(ConfigType<ByteSize> type, ByteSize most) {
    return Types.orOff(type)
        .mapped(
            Codes.OUT_OF_RANGE,
            said -> said.orElse(most),
            held -> held.equals(most) ? Optional.empty() : Optional.of(held));
  }

  private static ConfigType<ByteSize> sizeOrOff() {
    return bytes(Types.size(), new ByteSize(Long.MAX_VALUE));
  }

  private static Optional<MqttVersion> version(String text) {
    for (MqttVersion each : MqttVersion.values()) {
      if (each.word().equals(text)) return Optional.of(each);
    }
    return Optional.empty();
  }
}
