package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.client.LinkTls;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * The broker a client command talks to, and as whom.
 *
 * @param tls whom to believe, if the URL said {@code mqtts} or {@code wss}
 * @param path of a web socket, if the URL said {@code ws} or {@code wss}
 */
record MqttTarget(
    InetSocketAddress address,
    Optional<LinkTls> tls,
    Optional<String> path,
    MqttVersion version,
    String clientId,
    Optional<String> user,
    Optional<String> password,
    Duration timeout) {
  static final int KEEP_ALIVE_SECONDS = 60;

  private static final int PORT = 1883;
  private static final int TLS_PORT = 8883;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  static final List<Option> OPTIONS =
      List.of(
          value(
              "URL", "the broker: mqtt:// mqtts:// ws:// or wss://; else this machine's", "--url"),
          value("NAME", "account", "--user"),
          value("TEXT", "its password; better in the environment", "--password"),
          IdentityCommands.IDENTITY,
          IdentityCommands.AUDIENCE,
          value("ID", "client id; else the broker gives one", "--id"),
          value("V", "5.0, 3.1.1 or 3.1", "--protocol"),
          value("FILE", "authorities to believe instead of this machine's, PEM", "--ca"),
          value("FILE", "certificate to show the broker, PEM", "--cert"),
          value("FILE", "its key, PEM", "--key"),
          value("NAME", "name the broker's certificate must have", "--server-name"),
          flag("believe whatever certificate the broker shows", "--insecure"));

  static MqttTarget of(Call call) throws CommandFailure {
    String url = call.value("--url").orElse("mqtt://127.0.0.1:" + PORT);
    URI uri;
    try {
      uri = URI.create(url.contains("://") ? url : "mqtt://" + url);
    } catch (IllegalArgumentException bad) {
      throw wrong(url);
    }
    String scheme = String.valueOf(uri.getScheme());
    int standard =
        switch (scheme) {
          case "mqtt" -> PORT;
          case "mqtts" -> TLS_PORT;
          case "ws" -> 80;
          case "wss" -> 443;
          default -> throw wrong(url);
        };
    if (uri.getHost() == null) throw wrong(url);
    Optional<LinkTls> tls = tls(call, scheme.equals("mqtts") || scheme.equals("wss"));
    Optional<String> path =
        scheme.startsWith("ws") ? Optional.of(requestTarget(uri)) : Optional.empty();
    int port = uri.getPort() > 0 ? uri.getPort() : standard;
    String word = call.value("--protocol").orElse("5.0");
    MqttVersion version = null;
    for (MqttVersion each : MqttVersion.values()) {
      if (each.word().equals(word) || each.word().equals(word + ".0")) version = each;
    }
    if (version == null) {
      throw CommandFailure.usage("--protocol: `" + word + "`", "write 5.0, 3.1.1 or 3.1");
    }
    Optional<IdentityCommands.Proof> proof = IdentityCommands.proof(call);
    if (proof.isPresent() && call.value("--password").isPresent()) {
      throw CommandFailure.usage("--identity and --password", "give one of them");
    }
    return new MqttTarget(
        new InetSocketAddress(uri.getHost(), port),
        tls,
        path,
        version,
        call.value("--id").orElse(version == MqttVersion.V3_1 ? ownId() : ""),
        call.value("--user")
            .or(() -> proof.map(IdentityCommands.Proof::peerId))
            .or(() -> account(uri, 0)),
        proof
            .map(IdentityCommands.Proof::token)
            .or(() -> call.value("--password"))
            .or(() -> account(uri, 1)),
        call.duration("--timeout").orElse(TIMEOUT));
  }

  /** Version 3.1 has no broker that gives one, and two clients of one id push each other out. */
  private static String ownId() {
    return "fl-" + HexFormat.of().formatHex(Randomness.system().secureBytes(10));
  }

  private static Optional<LinkTls> tls(Call call, boolean wanted) throws CommandFailure {
    Optional<Path> ca = call.path("--ca");
    Optional<Path> cert = call.path("--cert");
    Optional<Path> key = call.path("--key");
    Optional<String> name = call.value("--server-name");
    boolean insecure = call.flag("--insecure");
    if (!wanted) {
      boolean asked = ca.isPresent() || cert.isPresent() || key.isPresent() || name.isPresent();
      if (!asked && !insecure) return Optional.empty();
      throw CommandFailure.usage("TLS is spoken with mqtts:// and wss:// only", "change --url");
    }
    if (cert.isPresent() != key.isPresent()) {
      throw CommandFailure.usage("--cert and --key", "give both of them");
    }
    if (insecure && ca.isPresent()) {
      throw CommandFailure.usage("--insecure and --ca", "give one of them");
    }
    Optional<LinkTls.Identity> shown =
        cert.flatMap(file -> key.map(own -> new LinkTls.Identity(file, own)));
    if (insecure) call.terminal().say("warning: --insecure: anybody may be the broker");
    try {
      return Optional.of(LinkTls.of(!insecure, ca, shown, name));
    } catch (ConfigException | GeneralSecurityException unusable) {
      throw new CommandFailure(
          Exit.NO_INPUT, "no_input", String.valueOf(unusable.getMessage()), "name PEM files");
    }
  }

  /** Of {@code NAME:PASSWORD@} in a URL, the first or the second. */
  private static Optional<String> account(URI uri, int part) {
    String said = uri.getRawUserInfo();
    if (said == null) return Optional.empty();
    String[] parts = said.split(":", 2);
    return part < parts.length
        ? Optional.of(URLDecoder.decode(parts[part].replace("+", "%2B"), StandardCharsets.UTF_8))
        : Optional.empty();
  }

  private static CommandFailure wrong(String url) {
    return CommandFailure.usage(
        "--url: `" + url + "`", "write mqtt://HOST:PORT or ws://HOST:PORT/PATH");
  }

  private static String requestTarget(URI uri) {
    String path =
        uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/mqtt" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  /** Connects; the session is clean. */
  MqttLink open() throws CommandFailure, IOException {
    return open(clientId);
  }

  MqttLink open(String id) throws CommandFailure, IOException {
    byte[] secret = password.map(text -> text.getBytes(StandardCharsets.UTF_8)).orElse(null);
    Packet.Connect connect =
        new Packet.Connect(
            version,
            true,
            KEEP_ALIVE_SECONDS,
            id,
            Optional.empty(),
            user,
            secret,
            Properties.EMPTY);
    MqttLink link;
    try {
      link = MqttLink.open(address, tls, path, connect, timeout);
    } catch (IOException nobody) {
      throw new CommandFailure(
          Exit.UNAVAILABLE,
          "unreachable",
          "no broker at " + shown() + ": " + nobody.getMessage(),
          nobody instanceof SSLException
              ? "give --ca, or --cert and --key"
              : "start one: fairlead mqtt broker");
    }
    try {
      Optional<Packet> answer = link.take(timeout);
      if (answer.orElse(null) instanceof Packet.ConnAck ack) {
        if (ack.reason() == ReasonCode.SUCCESS) return link;
        throw refused(ack.reason());
      }
      throw new CommandFailure(
          Exit.PROTOCOL, "no_answer", shown() + " did not answer as a broker does", "");
    } catch (CommandFailure | IOException failure) {
      link.close();
      if (failure instanceof EOFException) {
        throw new CommandFailure(
            Exit.PROTOCOL, "closed", shown() + " closed the connection without a word", "");
      }
      throw failure;
    }
  }

  /** How often a client has to say something, if only PINGREQ. */
  static Duration pingEvery(MqttLink link) {
    long seconds = link.agreed().number(PropertyId.SERVER_KEEP_ALIVE, KEEP_ALIVE_SECONDS);
    return Duration.ofMillis((seconds == 0 ? KEEP_ALIVE_SECONDS : seconds) * 500);
  }

  /** A topic to publish to, in UTF-8. */
  static byte[] topic(String text) throws CommandFailure {
    try {
      return TopicName.of(text, TopicLimits.WIDEST).toBytes();
    } catch (BadTopicException bad) {
      throw CommandFailure.usage("not a topic: `" + text + "`", "no wildcards, and not empty");
    }
  }

  /** The filter as it was given, if it is one. */
  static String filter(String text) throws CommandFailure {
    try {
      return TopicFilter.of(text, TopicLimits.WIDEST).toString();
    } catch (BadTopicException bad) {
      throw CommandFailure.usage(
          "not a topic filter: `" + text + "`", "+ is a whole level, # the last one");
    }
  }

  static CommandFailure refused(ReasonCode reason) {
    boolean rights =
        switch (reason) {
          case BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED, BANNED -> true;
          default -> false;
        };
    boolean later =
        switch (reason) {
          case SERVER_UNAVAILABLE,
              SERVER_BUSY,
              SERVER_SHUTTING_DOWN,
              CONNECTION_RATE_EXCEEDED,
              MESSAGE_RATE_TOO_HIGH,
              QUOTA_EXCEEDED ->
              true;
          default -> false;
        };
    return new CommandFailure(
        rights ? Exit.NOT_ALLOWED : later ? Exit.TEMPORARY : Exit.PROTOCOL,
        reason.word(),
        "the broker refused: " + reason.word() + " (0x" + Integer.toHexString(reason.code()) + ")",
        rights ? "give --user and --password, or --identity" : "");
  }

  String shown() {
    String secure = tls.isPresent() ? "s://" : "://";
    String scheme = (path.isPresent() ? "ws" : "mqtt") + secure;
    return scheme + address.getHostString() + ":" + address.getPort() + path.orElse("");
  }
}
