package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A {@code mosquitto.conf} as ours. What the program does by default and we do not is spelled out.
 * One use.
 */
final class MosquittoConverter {
  private static final int DEPTH_MAX = 5;

  private final Draft draft = new Draft();
  private final Includes includes;
  private final Map<String, Line> global = new LinkedHashMap<>();
  private final List<MosquittoListener> listeners = new ArrayList<>();
  private Optional<MosquittoListener> current = Optional.empty();
  private final List<MosquittoBridge> bridges = new ArrayList<>();

  /** One line that says something. */
  record Line(String key, String value, Place at) {
    boolean on() {
      return value.equals("true");
    }
  }

  private MosquittoConverter(Includes includes) {
    this.includes = includes;
  }

  static Conversion convert(ConfigSource source, Includes includes) throws ConversionException {
    MosquittoConverter converter = new MosquittoConverter(includes);
    converter.read(source, 0);
    return converter.write();
  }

  private void read(ConfigSource source, int depth) throws ConversionException {
    int number = 0;
    for (String text : source.text().lines().toList()) {
      number++;
      String line = text.strip();
      if (line.isEmpty() || line.startsWith("#")) continue;
      Place at = new Place(source.fileName(), number, 1);
      int blank = line.indexOf(' ');
      String key = blank < 0 ? line : line.substring(0, blank);
      String value = blank < 0 ? "" : line.substring(blank + 1).strip();
      if (!key.matches("[a-z0-9_.]+")) {
        throw new ConversionException(at, "`" + key + "` is no option of Mosquitto", "");
      }
      take(new Line(key, value, at), source, depth);
    }
  }

  private void take(Line line, ConfigSource source, int depth) throws ConversionException {
    switch (line.key()) {
      case "include_dir" -> include(line, source, depth);
      case "listener" -> {
        current = Optional.of(MosquittoListener.of(line, draft));
        listeners.add(current.get());
      }
      case "connection" -> bridges.add(new MosquittoBridge(line, draft));
      default -> {
        // They may stand behind a listener, too.
        if (!bridges.isEmpty() && MosquittoBridge.knows(line.key())) {
          bridges.getLast().take(line);
          return;
        }
        if (current.isPresent() && MosquittoListener.OPTIONS.contains(line.key())) {
          current.get().take(line);
        } else if (MosquittoListener.OPTIONS.contains(line.key())) {
          defaultListener().take(line);
        } else {
          Line before = global.put(line.key(), line);
          if (before != null && line.key().equals("allow_anonymous") && !before.on()) {
            global.put(line.key(), before); // of several listeners' the narrower
          } else if (before != null)
            draft.leftOut(before.at(), "`" + line.key() + "`: said again later");
        }
      }
    }
  }

  /** The listener that is meant by options before the first {@code listener}. */
  private MosquittoListener defaultListener() {
    if (listeners.isEmpty() || !listeners.getFirst().byDefault()) {
      listeners.addFirst(MosquittoListener.unnamed(draft));
    }
    return listeners.getFirst();
  }

  private void include(Line line, ConfigSource source, int depth) throws ConversionException {
    if (includes instanceof Includes.Never || depth >= DEPTH_MAX) {
      draft.leftOut(line.at(), "the files of " + line.value());
      return;
    }
    try {
      for (ConfigSource file : Includes.read(line.value() + "/*.conf", source.baseDir())) {
        read(file, depth + 1);
      }
    } catch (IOException unreadable) {
      throw new ConversionException(
          line.at(), line.value() + " cannot be read", String.valueOf(unreadable.getMessage()));
    }
  }

  private Conversion write() {
    boolean alone = listeners.isEmpty() || listeners.stream().allMatch(each -> !each.bound());
    if (alone) {
      // Without a listener Mosquitto serves this machine only, and asks nobody who he is.
      MosquittoListener only =
          listeners.isEmpty() ? MosquittoListener.unnamed(draft) : defaultListener();
      if (listeners.isEmpty()) listeners.add(only);
      only.loopback();
    }
    Map<String, Object> mqtt = draft.section("mqtt");
    access(mqtt, alone);
    session(mqtt);
    protocol(mqtt);
    process(mqtt);
    bridges(mqtt);
    for (MosquittoListener listener : listeners) listener.write(mqtt);
    global.values().forEach(line -> draft.leftOut(line.at(), "`" + line.key() + "`"));
    return draft.done();
  }

  private void bridges(Map<String, Object> mqtt) {
    Set<String> names = new HashSet<>();
    List<Object> items = new ArrayList<>();
    for (MosquittoBridge each : bridges) each.write(names).ifPresent(items::add);
    if (!items.isEmpty()) mqtt.put("bridges", items);
  }

  private void access(Map<String, Object> mqtt, boolean alone) {
    taken("per_listener_settings")
        .filter(Line::on)
        .ifPresent(
            line -> draft.otherwise(line.at(), "accounts and lists are those of all listeners"));
    Optional<Line> passwords = taken("password_file");
    List<Object> auth = new ArrayList<>();
    boolean certificates = listeners.stream().anyMatch(MosquittoListener::namesByCertificate);
    if (certificates) auth.add(ordered("type", "mtls", "identity", "cn"));
    passwords.ifPresent(line -> auth.add(ordered("type", "file", "path", line.value())));
    if (!auth.isEmpty()) mqtt.put("auth", auth);
    boolean anonymous = taken("allow_anonymous").map(Line::on).orElse(alone && passwords.isEmpty());
    mqtt.put("anonymous", anonymous);
    boolean open = listeners.stream().anyMatch(each -> !each.local());
    if (anonymous && open) mqtt.put("i_understand_this_is_open", true);
    Optional<Line> list = taken("acl_file");
    Map<String, Object> acl = Draft.below(mqtt, "acl");
    if (list.isPresent()) {
      acl.put("file", list.get().value());
      // Mosquitto lets everybody subscribe to everything and looks at each message.
      acl.put("wildcard_subscribe", "filter");
    } else {
      acl.put("default", "allow");
    }
  }

  private void session(Map<String, Object> mqtt) {
    Map<String, Object> session = Draft.below(mqtt, "session");
    Map<String, Object> queue = Draft.below(session, "queue");
    whole("max_inflight_messages", 20)
        .ifPresent(
            most -> {
              session.put("max_inflight", most == 0 ? 65_535L : Math.min(most, 65_535));
              session.put("v3_inflight", most == 0 ? 65_535L : Math.min(most, 65_535));
            });
    whole("max_queued_messages", 1000)
        .ifPresent(
            most -> {
              long bound = most == 0 ? 1_000_000 : most;
              queue.put("online", bound);
              queue.put("offline", bound);
            });
    taken("max_queued_bytes")
        .filter(line -> line.value().matches("[1-9][0-9]{0,14}"))
        .ifPresent(
            line -> {
              queue.put("online_bytes", line.value() + "B");
              queue.put("offline_bytes", line.value() + "B");
            });
    // It drops what comes last, we what came first.
    queue.put("full", "drop_newest");
    taken("queue_qos0_messages").filter(Line::on).ifPresent(_ -> session.put("queue_qos0", true));
    taken("persistent_client_expiration")
        .ifPresent(
            line ->
                expiry(line.value())
                    .ifPresentOrElse(
                        time -> {
                          session.put("max_expiry", time);
                          session.put("v3_expiry", time);
                        },
                        () -> draft.leftOut(line.at(), "`" + line.value() + "` is no time")));
  }

  private void protocol(Map<String, Object> mqtt) {
    Map<String, Object> protocol = Draft.below(mqtt, "protocol");
    for (MosquittoListener listener : listeners) listener.protocol(protocol, listeners.size() == 1);
    taken("max_packet_size").ifPresent(line -> protocol.put("max_packet", line.value() + "B"));
    taken("message_size_limit")
        .filter(line -> !line.value().equals("0"))
        .ifPresent(
            line -> {
              protocol.putIfAbsent("max_packet", line.value() + "B");
              draft.otherwise(line.at(), "bounds whole packets, not payloads");
            });
    whole("max_keepalive", 65_535)
        .ifPresent(
            seconds -> {
              if (seconds == 0) protocol.put("allow_unlimited_keep_alive", true);
              else protocol.put("max_keep_alive", Math.min(seconds, 65_535));
            });
    taken("retain_available")
        .filter(line -> !line.on())
        .ifPresent(_ -> protocol.put("retain", false));
    Map<String, Object> limits = Draft.below(mqtt, "limits");
    limits.put("publish_rate", "off"); // it has none
    limits.put("publish_bytes", "off");
  }

  private void process(Map<String, Object> mqtt) {
    taken("sys_interval")
        .filter(line -> line.value().matches("[1-9][0-9]{0,6}"))
        .ifPresent(line -> mqtt.put("sys_interval", line.value() + "s"));
    taken("pid_file").ifPresent(line -> draft.section("runtime").put("pid_file", line.value()));
    for (String key : List.of("set_tcp_nodelay", "log_timestamp", "log_timestamp_format")) {
      taken(key);
    }
    taken("persistence")
        .filter(Line::on)
        .ifPresent(line -> draft.leftOut(line.at(), "`persistence`: see mqtt.persistence"));
    taken("user")
        .ifPresent(line -> draft.leftOut(line.at(), "`user`: start the program as that user"));
  }

  private Optional<Line> taken(String key) {
    return Optional.ofNullable(global.remove(key));
  }

  /** A whole number; the default where nothing is said, empty where it is none. */
  private Optional<Long> whole(String key, long absent) {
    Optional<Line> line = taken(key);
    if (line.isEmpty()) return Optional.of(absent);
    if (line.get().value().matches("[0-9]{1,9}")) {
      return Optional.of(Long.parseLong(line.get().value()));
    }
    draft.leftOut(line.get().at(), "`" + line.get().value() + "` is no number");
    return Optional.empty();
  }

  /** {@code 3m} is three months there. */
  private static Optional<String> expiry(String text) {
    if (!text.matches("[1-9][0-9]{0,4}[hdwmy]")) return Optional.empty();
    long count = Long.parseLong(text.substring(0, text.length() - 1));
    return Optional.of(
        switch (text.charAt(text.length() - 1)) {
          case 'h' -> count + "h";
          case 'd' -> count + "d";
          case 'w' -> 7 * count + "d";
          case 'm' -> 30 * count + "d";
          default -> 365 * count + "d";
        });
  }

  private static Map<String, Object> ordered(String first, Object one, String second, Object two) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(first, one);
    map.put(second, two);
    return map;
  }
}
