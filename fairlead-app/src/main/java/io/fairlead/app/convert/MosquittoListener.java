package io.fairlead.app.convert;

import io.fairlead.app.convert.MosquittoConverter.Line;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One listener of a {@code mosquitto.conf} and what is said about it. One use. */
final class MosquittoListener {
  /** Options that belong to the listener before them. */
  static final Set<String> OPTIONS =
      Set.of(
          "port",
          "bind_address",
          "bind_interface",
          "socket_domain",
          "protocol",
          "http_dir",
          "max_connections",
          "max_qos",
          "max_topic_alias",
          "mount_point",
          "cafile",
          "capath",
          "certfile",
          "keyfile",
          "crlfile",
          "require_certificate",
          "use_identity_as_username",
          "use_subject_as_username",
          "use_username_as_clientid",
          "tls_version",
          "ciphers",
          "ciphers_tls1.3",
          "dhparamfile",
          "tls_engine",
          "psk_hint",
          "psk_file");

  private static final String DEFAULT_PORT = "1883";

  private final Draft draft;
  private final boolean byDefault;
  private final Map<String, Line> said = new LinkedHashMap<>();
  private String port;
  private Optional<String> address;
  private boolean loopback;

  private MosquittoListener(Draft draft, boolean byDefault, String port, Optional<String> address) {
    this.draft = draft;
    this.byDefault = byDefault;
    this.port = port;
    this.address = address;
  }

  /** {@code listener PORT [ADDRESS]}. */
  static MosquittoListener of(Line line, Draft draft) throws ConversionException {
    String[] words = line.value().split("\\s+", 2);
    if (!words[0].matches("[0-9]{1,5}")) {
      throw new ConversionException(line.at(), "`" + words[0] + "` is no port", "");
    }
    Optional<String> address = words.length > 1 ? Optional.of(words[1]) : Optional.empty();
    return new MosquittoListener(draft, false, words[0], address);
  }

  /** The one that needs no {@code listener}. */
  static MosquittoListener unnamed(Draft draft) {
    return new MosquittoListener(draft, true, DEFAULT_PORT, Optional.empty());
  }

  void take(Line line) {
    switch (line.key()) {
      case "port" -> {
        port = line.value();
        said.put("port", line);
      }
      case "bind_address" -> {
        address = Optional.of(line.value());
        said.put("bind_address", line);
      }
      default -> said.put(line.key(), line);
    }
  }

  boolean byDefault() {
    return byDefault;
  }

  /** Whether the file says where it listens. */
  boolean bound() {
    return !byDefault || said.containsKey("port") || said.containsKey("bind_address");
  }

  void loopback() {
    loopback = true;
  }

  /** Whether only this machine reaches it. */
  boolean local() {
    return loopback
        || port.equals("0")
        || address.filter(host -> host.equals("localhost") || host.startsWith("127.")).isPresent()
        || address.filter("::1"::equals).isPresent();
  }

  boolean namesByCertificate() {
    Line line = said.get("use_identity_as_username");
    return line != null && line.on();
  }

  /** What is one setting of the broker with us. */
  void protocol(Map<String, Object> protocol, boolean alone) {
    for (String key : new String[] {"max_qos", "max_topic_alias"}) {
      Line line = said.get(key);
      if (line != null && !alone) draft.otherwise(line.at(), "`" + key + "` of all listeners");
    }
    number("max_qos").ifPresent(qos -> protocol.put("max_qos", qos));
    number("max_topic_alias").ifPresent(most -> protocol.put("topic_alias_max", most));
  }

  void write(Map<String, Object> mqtt) {
    Optional<Line> barred = unguarded();
    if (barred.isPresent()) {
      Line line = barred.get();
      String it = "the listener on " + bind() + ": `" + line.key() + "` ";
      draft.leftOut(line.at(), it + why(line.key()) + ", and it is not opened without");
      return;
    }
    Map<String, Object> listeners = draft.section("listeners");
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", bind());
    listener.put("proto", "mqtt");
    number("max_connections")
        .filter(most -> most > 0)
        .ifPresent(most -> Draft.below(listener, "limits").put("connections", most));
    secure(listener);
    taken("protocol")
        .filter(line -> line.value().equals("websockets"))
        .ifPresent(
            line -> {
              // Its web sockets answer on any path.
              Draft.below(mqtt, "websocket").put("path", "/");
              draft.otherwise(line.at(), "speaks MQTT and web sockets, these on path /");
            });
    taken("socket_domain");
    taken("port");
    taken("bind_address");
    taken("use_identity_as_username");
    said.values().forEach(line -> draft.leftOut(line.at(), "`" + line.key() + "`"));
    listeners.put(Draft.freeId(listeners, "mqtt_" + port), listener);
  }

  private String bind() {
    if (port.equals("0")) return "unix:" + address.orElse("mosquitto.sock");
    if (loopback) return "127.0.0.1:" + port;
    String host = address.orElse("0.0.0.0");
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** What keeps others out there, and cannot be had here. */
  private Optional<Line> unguarded() {
    Line cert = said.get("certfile");
    Line key = said.get("keyfile");
    if (cert == null && key == null) return Optional.ofNullable(said.get("psk_hint"));
    if (cert == null || key == null) return Optional.ofNullable(cert == null ? key : cert);
    boolean authorities = said.containsKey("cafile") || said.containsKey("capath");
    return Optional.ofNullable(said.get("require_certificate"))
        .filter(line -> line.on() && !authorities);
  }

  private static String why(String key) {
    return switch (key) {
      case "psk_hint" -> "has no counterpart";
      case "require_certificate" -> "names no authority";
      default -> "is without the other half";
    };
  }

  private void secure(Map<String, Object> listener) {
    Optional<Line> cert = taken("certfile");
    Optional<Line> key = taken("keyfile");
    Optional<Line> authority = taken("cafile");
    boolean asks = taken("require_certificate").filter(Line::on).isPresent();
    if (cert.isEmpty() || key.isEmpty()) return;
    Map<String, Object> certs = draft.section("certs");
    String id = Draft.freeId(certs, "mqtt_" + port);
    Map<String, Object> files = new LinkedHashMap<>();
    files.put("cert", cert.get().value());
    files.put("key", key.get().value());
    Draft.below(certs, id).put("files", files);
    Map<String, Object> tls = Draft.below(listener, "tls");
    tls.put("cert", id);
    if (asks) {
      tls.put("client_auth", "require");
      Line authorities = authority.or(() -> taken("capath")).orElseThrow();
      tls.put("client_ca", authorities.value());
      if (authority.isEmpty()) {
        draft.leftOut(
            authorities.at(), "`capath`: put its authorities into one file, tls.client_ca");
      }
      taken("crlfile").ifPresent(list -> tls.put("client_crl", list.value()));
    }
    taken("tls_version")
        .filter(line -> line.value().equals("tlsv1.3"))
        .ifPresent(_ -> tls.put("min_version", "1.3"));
  }

  private Optional<Line> taken(String key) {
    return Optional.ofNullable(said.remove(key));
  }

  private Optional<Long> number(String key) {
    return taken(key)
        .filter(line -> line.value().matches("-?[0-9]{1,9}"))
        .map(line -> Long.parseLong(line.value()));
  }
}
