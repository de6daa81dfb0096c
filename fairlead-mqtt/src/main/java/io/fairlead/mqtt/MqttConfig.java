package io.fairlead.mqtt;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.unit.Rate;
import io.fairlead.mqtt.codec.MqttVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Section {@code mqtt}: the broker.
 *
 * @param anonymous whose connections need no account
 * @param shared how a member of a shared group is chosen
 * @param extensions by name, in the order they are asked
 * @param open the operator's word that a broker open to everyone is meant
 */
public record MqttConfig(
    WebSocket websocket,
    Protocol protocol,
    Sessions session,
    Retained retained,
    Persistence persistence,
    List<MqttAuth> auth,
    MqttAcl acl,
    Anonymous anonymous,
    Limits limits,
    Drain drain,
    Duration sysInterval,
    MqttEvents events,
    SharedRule shared,
    List<BridgeConfig> bridges,
    Map<String, ExtensionConfig> extensions,
    boolean open) {
  /** Whose connections need no account. */
  public enum Anonymous {
    LOOPBACK,
    FALSE,
    TRUE;

    private static Anonymous ofWritten(Optional<Boolean> written) {
      return written.map(all -> all ? TRUE : FALSE).orElse(LOOPBACK);
    }

    private Optional<Boolean> written() {
      return this == LOOPBACK ? Optional.empty() : Optional.of(this == TRUE);
    }
  }

  /** What a client id may be. */
  public enum ClientIdPolicy {
    ANY,
    USERNAME_PREFIX,
    EQUALS_USERNAME,
    EQUALS_CERTIFICATE_CN
  }

  /** What becomes of a message when a session's queue is full. */
  public enum WhenFull {
    DROP_OLDEST,
    DROP_NEWEST,
    REJECT,
    DISCONNECT
  }

  /** What a client before version 5 gets when its message is not authorised. */
  public enum RefusedPublish {
    CLOSE,
    ACK
  }

  /** What a client of version 3.1, which has no word for it, gets when its filter is refused. */
  public enum RefusedSubscribe {
    CLOSE,
    ACK
  }

  /** Whose wills are sent when the broker stops. */
  public enum DrainWills {
    AUTO,
    ALL,
    NONE
  }

  /**
   * MQTT over WebSocket, on the same listeners.
   *
   * @param origins web pages that may connect; empty: any
   */
  public record WebSocket(String path, List<String> origins) {
    /** The definition of the part. */
    static final RecordType<WebSocket> TYPE =
        RecordType.define(
            "mqtt_websocket",
            "MQTT over WebSocket.",
            f -> {
              Field<String> path =
                  f.key(
                          "path",
                          Types.string().matching("/[!-~]{0,255}", "a path such as /mqtt"),
                          "Where web sockets are opened.")
                      .reload(ReloadClass.NEXT_CONNECT)
                      .orElse("/mqtt");
              Field<List<String>> origins =
                  f.key(
                          "origins",
                          Types.listOf(Types.string()).orSingle(),
                          "Web pages whose scripts may connect, by origin; none: those of any"
                              + " page.")
                      .reload(ReloadClass.NEXT_CONNECT)
                      .example("[\"https://app.example.org\"]")
                      .orElse(List.of());
              return v -> new WebSocket(v.get(path), v.get(origins));
            });
  }

  /**
   * What is spoken.
   *
   * @param v31ClientIdMax bytes of a client id of version 3.1
   */
  public record Protocol(
      List<MqttVersion> versions,
      int maxQos,
      boolean retain,
      boolean wildcard,
      boolean shared,
      boolean subscriptionIds,
      ByteSize maxPacket,
      int receiveMaximum,
      int topicAliasMax,
      int maxKeepAlive,
      boolean unlimitedKeepAlive,
      Duration connectTimeout,
      Duration authTimeout,
      Duration frameTimeout,
      ClientIdPolicy clientIdPolicy,
      int v31ClientIdMax,
      boolean publishDollar,
      boolean validatePayloadFormat,
      RefusedPublish refusedPublish,
      RefusedSubscribe refusedSubscribe,
      Optional<String> responsePrefix) {
    public Protocol {
      versions = List.copyOf(versions);
    }
  }

  /** What is remembered of clients. */
  public record Sessions(
      Duration maxExpiry,
      Duration v3Expiry,
      int v3Inflight,
      int maxInflight,
      boolean queueQos0,
      Duration stallTimeout,
      Queue queue) {}

  /**
   * Bounds of what waits for one session.
   *
   * @param qos0 messages that may be lost, while it is connected and does not read
   */
  public record Queue(
      int online,
      ByteSize onlineBytes,
      int offline,
      ByteSize offlineBytes,
      int qos0,
      WhenFull full) {}

  /** Bounds of retained messages. */
  public record Retained(Limit maxMessages, ByteSize maxBytes) {}

  /** What an acknowledgement promises. */
  public enum Durability {
    /** Forced to the disk. */
    FSYNC,
    /** Given to the operating system. */
    WRITE,
    /** Nothing beyond the process. */
    MEMORY
  }

  /**
   * What outlives the process.
   *
   * @param dir empty: {@code mqtt} below the state directory
   * @param linger how long what is to be kept may wait for more, to be forced together
   */
  public record Persistence(
      Durability durability,
      Optional<Path> dir,
      ByteSize minFree,
      Duration linger,
      Optional<ByteSize> memory) {}

  /** Bounds of clients. */
  public record Limits(
      ByteSize connectPacket,
      Optional<Rate> publishRate,
      Optional<ByteSize> publishBytes,
      Limit subscriptions,
      Limit subscriptionsTotal,
      Limit sessions,
      int topicLevels,
      int topicBytes,
      int userProperties,
      int wildcardsPerFilter,
      Optional<Rate> subscribeRate,
      UserLimits perUser,
      ListenerLimits perListener,
      Limit sharedGroups) {}

  /** Bounds of all clients of one account together. */
  public record UserLimits(
      Limit sessions,
      Optional<Rate> publishRate,
      Optional<ByteSize> publishBytes,
      Limit retained) {}

  /** Bounds of all clients of one listener. */
  public record ListenerLimits(Optional<Rate> publishRate, Optional<ByteSize> publishBytes) {}

  /**
   * The end of the broker.
   *
   * @param redirect where clients are sent meanwhile, as clients of version 5 are told it
   */
  public record Drain(
      Duration flush, Duration spread, DrainWills wills, Optional<String> redirect) {}

  /** The definition of the section. */
  public static final RecordType<MqttConfig> TYPE =
      RecordType.define(
          "mqtt",
          "The MQTT broker. It runs when a listener has proto mqtt.",
          f -> {
            Field<WebSocket> websocket =
                f.key("websocket", WebSocket.TYPE, "MQTT over WebSocket, on the same port.")
                    .orElse(WebSocket.TYPE.defaults());
            Field<Protocol> protocol =
                f.key("protocol", MqttTypes.PROTOCOL, "What is spoken, and its bounds.")
                    .orElse(MqttTypes.PROTOCOL.defaults());
            Field<Sessions> session =
                f.key("session", MqttTypes.SESSIONS, "What is remembered of clients.")
                    .orElse(MqttTypes.SESSIONS.defaults());
            Field<Retained> retained =
                f.key("retained", MqttTypes.RETAINED, "Bounds of retained messages.")
                    .orElse(MqttTypes.RETAINED.defaults());
            Field<Persistence> persistence =
                f.key(
                        "persistence",
                        MqttTypes.PERSISTENCE,
                        "What outlives the process, and what an acknowledgement promises.")
                    .orElse(MqttTypes.PERSISTENCE.defaults());
            Field<List<MqttAuth>> auth =
                f.key(
                        "auth",
                        Types.listOf(MqttAuth.TYPE),
                        "How clients say who they are, in order; the first that knows a client"
                            + " decides.")
                    .example("[ { type: file, path: secrets/mqtt.users } ]")
                    .orElse(List.of());
            Field<MqttAcl> acl =
                f.key("acl", MqttAcl.TYPE, "What clients may publish and read.")
                    .orElse(MqttAcl.TYPE.defaults());
            Field<Anonymous> anonymous =
                f.key(
                        "anonymous",
                        Types.orWord("loopback", Types.bool())
                            .mapped(Codes.NOT_A_CHOICE, Anonymous::ofWritten, Anonymous::written),
                        "Whose connections need no account: those from this machine (loopback),"
                            + " nobody's (false) or everyone's (true).")
                    .orElse(Anonymous.LOOPBACK);
            Field<Limits> limits =
                f.key("limits", MqttTypes.LIMITS, "Bounds of each client and of all.")
                    .orElse(MqttTypes.LIMITS.defaults());
            Field<Drain> drain =
                f.key("drain", MqttTypes.DRAIN, "How clients are let go when the broker stops.")
                    .orElse(MqttTypes.DRAIN.defaults());
            Field<Duration> sys =
                f.key(
                        "sys_interval",
                        Types.timeLimit(Duration.ofMillis(100)),
                        "How often the topics below `$SYS/broker` are published.")
                    .orElse(Duration.ofSeconds(10));
            Field<MqttEvents> events =
                f.key(
                        "events",
                        MqttEvents.TYPE,
                        "What happens in the gateway, as messages to those who may read them.")
                    .orElse(MqttEvents.TYPE.defaults());
            Field<SharedRule> shared =
                f.key(
                        "shared_strategy",
                        SharedRule.TYPE,
                        "Which member of a shared subscription gets the next message;"
                            + " `extension:NAME` leaves it to an extension.")
                    .orElse(SharedRule.DEFAULT, "round_robin");
            Field<List<BridgeConfig>> bridges =
                f.key(
                        "bridges",
                        Types.listOf(BridgeConfig.TYPE),
                        "Connections to other brokers. Reloaded one by one: those that did not"
                            + " change stay up.")
                    .orElse(List.of());
            Field<Map<String, ExtensionConfig>> extensions =
                f.key(
                        "extensions",
                        Types.freeMapOf(ExtensionConfig.TYPE),
                        "Extensions that are used, by name, with what each is told; asked in this"
                            + " order. `jar` is not told: a file, or a list of files, that the"
                            + " extension is loaded from, apart from all others. One whose"
                            + " settings or files changed is exchanged by a reload.")
                    .example("{ alarm: { jar: extensions/alarm.jar, topic: alarms } }")
                    .orElse(Map.of());
            Field<Boolean> open =
                f.key(
                        "i_understand_this_is_open",
                        Types.bool(),
                        "Lets `anonymous: true` stand on listeners that others reach.")
                    .orElse(false);
            f.check(
                (v, checks) -> {
                  String by = v.get(shared).extension().orElse("");
                  if (by.isEmpty() || v.get(extensions).containsKey(by)) return;
                  checks.error(
                      shared,
                      MqttCodes.NO_EXTENSION,
                      "there is no extension called " + by,
                      "name it in mqtt.extensions, or choose a strategy of the broker");
                });
            f.check((v, checks) -> MqttBridges.check(v.get(bridges), bridges, checks));
            f.check(
                (v, checks) -> {
                  MqttAcl list = v.get(acl);
                  if (v.get(auth).isEmpty() || list.file().isPresent()) return;
                  if (list.rest().isPresent()) return;
                  checks.warn(
                      auth,
                      MqttCodes.NOBODY_MAY,
                      "clients log in, and no access list says what they may: all is refused",
                      "write acl: { file: mqtt.acl }, or acl: { default: allow }");
                });
            return v ->
                new MqttConfig(
                    v.get(websocket),
                    v.get(protocol),
                    v.get(session),
                    v.get(retained),
                    v.get(persistence),
                    v.get(auth),
                    v.get(acl),
                    v.get(anonymous),
                    v.get(limits),
                    v.get(drain),
                    v.get(sys),
                    v.get(events),
                    v.get(shared),
                    v.get(bridges),
                    v.get(extensions),
                    v.get(open));
          });

  public MqttConfig {
    auth = List.copyOf(auth);
    bridges = List.copyOf(bridges);
    extensions = Collections.unmodifiableMap(new LinkedHashMap<>(extensions));
  }

  /** Files whose content is part of it. */
  public List<Path> files() {
    List<Path> files = new ArrayList<>();
    for (MqttAuth each : auth) each.file().ifPresent(files::add);
    acl.file().ifPresent(files::add);
    for (ExtensionConfig each : extensions.values()) files.addAll(each.jars());
    for (BridgeConfig each : bridges) files.addAll(each.tls().files());
    return files;
  }

  /** What holds for a topic that no line of the access list is about. */
  public boolean allowsRest() {
    boolean open = auth.isEmpty() && acl.file().isEmpty();
    return acl.rest().map(said -> said == MqttAcl.Rest.ALLOW).orElse(open);
  }

  /** All defaults. */
  public static final MqttConfig DEFAULTS = TYPE.defaults();
}
