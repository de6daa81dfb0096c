package io.fairlead.app.convert;

import io.fairlead.app.convert.MosquittoConverter.Line;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One {@code connection} of a {@code mosquitto.conf} and what is said about it. One use. */
final class MosquittoBridge {
  /** Options without a prefix of their own that belong to the connection before them. */
  private static final Set<String> OPTIONS =
      Set.of(
          "address",
          "addresses",
          "topic",
          "cleansession",
          "clientid",
          "idle_timeout",
          "keepalive_interval",
          "notification_topic",
          "notifications",
          "notifications_local_only",
          "password",
          "restart_timeout",
          "round_robin",
          "start_type",
          "threshold",
          "try_private",
          "username");

  /** What has no counterpart, and what to do about it. */
  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("bridge_alpn", "no protocol is named in the handshake; use another port there"),
          Map.entry("bridge_bind_address", "the system chooses the address it leaves from"),
          Map.entry("bridge_capath", "put its authorities into one file, tls.ca"),
          Map.entry("bridge_ciphers", "the ciphers are the library's defaults"),
          Map.entry("bridge_ciphers_tls1.3", "the ciphers are the library's defaults"),
          Map.entry("bridge_max_packet_size", "the other broker is told no bound"),
          Map.entry("bridge_max_topic_alias", "topics are sent whole"),
          Map.entry("bridge_receive_maximum", "the window of a bridge is fixed"),
          Map.entry("bridge_require_ocsp", "no stapled answer is asked for"),
          Map.entry("bridge_session_expiry_interval", "the session there is kept without end"),
          Map.entry("bridge_tcp_keepalive", "use keep_alive"),
          Map.entry("bridge_tcp_user_timeout", "use keep_alive"),
          Map.entry("bridge_tls_version", "TLS 1.2 and 1.3 are both spoken"),
          Map.entry("idle_timeout", "it is of lazy bridges; ours are always up"),
          Map.entry("local_cleansession", "what waits here is kept, within session.queue"),
          Map.entry("local_clientid", "the bridge does not log in here"),
          Map.entry("local_password", "the bridge does not log in here"),
          Map.entry("notification_topic", "the state is told at $SYS/broker/connection/NAME/state"),
          Map.entry("threshold", "it is of lazy bridges; ours are always up"));

  private static final String PORT = "1883";
  private static final int NAME_LENGTH_MAX = 60;
  private static final int QOS_AT = 2;
  private static final int LOCAL_AT = 3;
  private static final int REMOTE_AT = 4;

  private final Draft draft;
  private final Line connection;
  private final Map<String, Line> said = new LinkedHashMap<>();
  private final List<Line> topics = new ArrayList<>();

  MosquittoBridge(Line connection, Draft draft) {
    this.connection = connection;
    this.draft = draft;
  }

  /** Whether an option is about a bridge, once there is one. */
  static boolean knows(String key) {
    return key.startsWith("bridge_")
        || key.startsWith("remote_")
        || key.startsWith("local_")
        || OPTIONS.contains(key);
  }

  void take(Line line) {
    switch (line.key()) {
      case "topic" -> topics.add(line);
      // Names of old, and of today.
      case "addresses" -> said.put("address", line);
      case "clientid" -> said.put("remote_clientid", line);
      case "username" -> said.put("remote_username", line);
      case "password" -> said.put("remote_password", line);
      default -> said.put(line.key(), line);
    }
  }

  /**
   * @param names of the bridges before it; gains this one's
   * @return an item of {@code mqtt.bridges}; empty when it would not be the same bridge
   */
  Optional<Map<String, Object>> write(Set<String> names) {
    Line shared =
        said.containsKey("bridge_psk") ? said.get("bridge_psk") : said.get("bridge_identity");
    if (shared != null) {
      return none("its pre-shared key has no counterpart, and it is not sent in the clear instead");
    }
    List<Object> crossing = new ArrayList<>();
    boolean retain = taken("bridge_outgoing_retain").map(Line::on).orElse(true);
    for (Line each : topics) crossing.addAll(topic(each, retain));
    List<String> addresses = addresses();
    if (addresses.isEmpty()) return none("it has no `address`");
    if (crossing.isEmpty()) return none("no `topic` is left that crosses it");
    Map<String, Object> bridge = new LinkedHashMap<>();
    String name = name(names);
    bridge.put("name", name);
    bridge.put("addresses", addresses);
    bridge.put("version", version());
    account(bridge);
    secure(bridge);
    bridge.put("topics", crossing);
    times(bridge);
    taken("try_private").filter(line -> !line.on()).ifPresent(_ -> bridge.put("announce", false));
    habits(name, addresses.size());
    said.values().forEach(this::leaveOut);
    return Optional.of(bridge);
  }

  private Optional<Map<String, Object>> none(String why) {
    draft.leftOut(connection.at(), "the bridge `" + connection.value() + "`: " + why);
    return Optional.empty();
  }

  private void leaveOut(Line line) {
    String instead = INSTEAD.get(line.key());
    draft.leftOut(line.at(), "`" + line.key() + "`" + (instead == null ? "" : ": " + instead));
  }

  private String name(Set<String> names) {
    String plain = connection.value().replaceAll("[^A-Za-z0-9_-]+", "_");
    String base = plain.isEmpty() ? "bridge" : plain;
    if (base.length() > NAME_LENGTH_MAX) base = base.substring(0, NAME_LENGTH_MAX);
    String name = base;
    for (int i = 2; !names.add(name); i++) name = base + "_" + i;
    if (!name.equals(connection.value())) {
      draft.otherwise(connection.at(), "the bridge is called `" + name + "`");
    }
    return name;
  }

  private List<String> addresses() {
    boolean secured =
        said.containsKey("bridge_cafile")
            || said.containsKey("bridge_capath")
            || Optional.ofNullable(said.get("bridge_tls_use_os_certs"))
                .filter(Line::on)
                .isPresent();
    List<String> addresses = new ArrayList<>();
    Optional<Line> line = taken("address");
    if (line.isEmpty()) return addresses;
    for (String each : line.get().value().split("\\s+")) {
      Optional<String> authority = authority(each);
      authority.ifPresentOrElse(
          text -> addresses.add((secured ? "mqtts://" : "mqtt://") + text),
          () -> draft.leftOut(line.get().at(), "`" + each + "` is no address"));
    }
    return addresses;
  }

  /** {@code host}, {@code host:port}, {@code [::1]:port} or a bare IPv6 address. */
  private static Optional<String> authority(String text) {
    if (text.matches("\\[[0-9a-fA-F:.]+]:[0-9]{1,5}")) return Optional.of(text);
    if (text.matches("\\[[0-9a-fA-F:.]+]")) return Optional.of(text + ":" + PORT);
    if (text.matches("[A-Za-z0-9._-]+:[0-9]{1,5}")) return Optional.of(text);
    if (text.matches("[A-Za-z0-9._-]+")) return Optional.of(text + ":" + PORT);
    if (text.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      return Optional.of("[" + text + "]:" + PORT);
    }
    return Optional.empty();
  }

  private String version() {
    Optional<Line> line = taken("bridge_protocol_version");
    return switch (line.map(Line::value).orElse("mqttv311")) {
      case "mqttv50" -> "5.0";
      case "mqttv311" -> "3.1.1";
      default -> {
        draft.otherwise(line.orElseThrow().at(), "`bridge_protocol_version`: speaks 3.1.1");
        yield "3.1.1";
      }
    };
  }

  private void account(Map<String, Object> bridge) {
    Optional<Line> id = taken("remote_clientid");
    id.ifPresent(line -> bridge.put("client_id", line.value()));
    boolean clean = taken("cleansession").filter(Line::on).map(this::kept).isPresent();
    if (id.isEmpty() && !clean) {
      draft.otherwise(
          connection.at(),
          "the other broker knew it as HOST."
              + connection.value()
              + ", where messages may wait: set client_id to that");
    }
    Optional<Line> user = taken("remote_username");
    user.ifPresent(line -> bridge.put("user", line.value()));
    taken("remote_password")
        .ifPresent(
            line -> {
              if (user.isPresent()) bridge.put("password", line.value());
              else draft.leftOut(line.at(), "`remote_password`: there is no remote_username");
            });
    taken("local_username")
        .ifPresent(
            line -> {
              bridge.put("local_user", line.value());
              draft.otherwise(
                  line.at(), "`local_username`: the access list says what of it may cross");
            });
  }

  private Line kept(Line line) {
    draft.otherwise(
        line.at(), "`cleansession`: what cannot cross waits, within session.queue.offline");
    return line;
  }

  private void secure(Map<String, Object> bridge) {
    taken("bridge_tls_use_os_certs");
    taken("bridge_insecure")
        .filter(Line::on)
        .ifPresent(
            line ->
                draft.leftOut(
                    line.at(),
                    "`bridge_insecure`: write the name in its certificate as tls.server_name"));
    Map<String, Object> tls = new LinkedHashMap<>();
    taken("bridge_cafile").ifPresent(line -> tls.put("ca", line.value()));
    Optional<Line> cert = taken("bridge_certfile");
    Optional<Line> key = taken("bridge_keyfile");
    if (cert.isPresent() && key.isPresent()) {
      tls.put("cert", cert.get().value());
      tls.put("key", key.get().value());
    } else {
      cert.or(() -> key)
          .ifPresent(
              line -> draft.leftOut(line.at(), "`" + line.key() + "` without the other half"));
    }
    if (!tls.isEmpty()) bridge.put("tls", tls);
  }

  /** {@code topic PATTERN [DIRECTION [QOS [LOCAL [REMOTE]]]]}; one that says nothing is empty. */
  private List<Object> topic(Line line, boolean retainOut) {
    String[] words = line.value().split("\\s+");
    String filter = unquoted(words[0]);
    String direction = words.length > 1 ? words[1] : "out";
    String qos = words.length > QOS_AT ? words[QOS_AT] : "0";
    String local = words.length > LOCAL_AT ? unquoted(words[LOCAL_AT]) : "";
    String remote = words.length > REMOTE_AT ? unquoted(words[REMOTE_AT]) : "";
    boolean read =
        direction.matches("out|in|both")
            && qos.matches("[0-2]")
            && words.length <= REMOTE_AT + 1
            && !filter.startsWith("$share/")
            && !(local + filter).isEmpty()
            && !(remote + filter).isEmpty();
    if (!read) {
      draft.leftOut(line.at(), "`topic " + line.value() + "`: no topic of a bridge");
      return List.of();
    }
    List<Object> items = new ArrayList<>();
    // Only what leaves loses its mark there; here both ways have one.
    boolean split = direction.equals("both") && !retainOut;
    for (String way : split ? List.of("out", "in") : List.of(direction)) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("filter", filter);
      item.put("direction", way);
      item.put("qos", Long.parseLong(qos));
      if (!local.isEmpty()) item.put("local_prefix", local);
      if (!remote.isEmpty()) item.put("remote_prefix", remote);
      if (!retainOut && way.equals("out")) item.put("retain", false);
      items.add(item);
    }
    return items;
  }

  /** {@code ""} stands for nothing. */
  private static String unquoted(String word) {
    return word.equals("\"\"") ? "" : word;
  }

  private void times(Map<String, Object> bridge) {
    taken("keepalive_interval")
        .ifPresent(
            line -> {
              if (line.value().matches("[1-9][0-9]{0,4}")) {
                bridge.put("keep_alive", line.value() + "s");
              } else {
                draft.leftOut(line.at(), "`" + line.value() + "` is no number of seconds");
              }
            });
    String min = "5";
    String max = "30";
    Optional<Line> restart = taken("restart_timeout");
    if (restart.isPresent()) {
      String[] words = restart.get().value().split("\\s+");
      if (restart.get().value().matches("[1-9][0-9]{0,5}(\\s+[1-9][0-9]{0,5})?")) {
        min = words[0];
        max = words[words.length - 1];
      } else {
        draft.leftOut(restart.get().at(), "`" + restart.get().value() + "` are no seconds");
      }
    }
    bridge.put("backoff_min", min + "s");
    bridge.put(
        "backoff_max", Integer.parseInt(max) < Integer.parseInt(min) ? min + "s" : max + "s");
  }

  /** What a bridge of ours does without being told. */
  private void habits(String name, int addresses) {
    String topic = "$SYS/broker/connection/" + name + "/state";
    Optional<Line> tells = taken("notifications");
    Optional<Line> here = taken("notifications_local_only");
    boolean quiet = tells.filter(line -> !line.on()).isPresent();
    if (quiet || here.filter(Line::on).isEmpty()) {
      draft.otherwise(
          tells.orElse(connection).at(), "the bridge's state is told at " + topic + ", here only");
    }
    Optional<Line> round = taken("round_robin");
    if (addresses > 1 && round.filter(Line::on).isEmpty()) {
      draft.otherwise(
          round.orElse(connection).at(),
          "the address that works is kept; the first is not gone back to while it does");
    }
    taken("start_type")
        .filter(line -> !line.value().equals("automatic"))
        .ifPresent(line -> draft.otherwise(line.at(), "`start_type`: the bridge is always up"));
    taken("bridge_attempt_unsubscribe")
        .filter(line -> !line.on())
        .ifPresent(
            line ->
                draft.otherwise(
                    line.at(),
                    "`bridge_attempt_unsubscribe`: what is not wanted any more is"
                        + " unsubscribed"));
    taken("bridge_reload_type")
        .filter(line -> !line.value().equals("immediate"))
        .ifPresent(
            line -> draft.otherwise(line.at(), "`bridge_reload_type`: a change counts at once"));
  }

  private Optional<Line> taken(String key) {
    return Optional.ofNullable(said.remove(key));
  }
}
