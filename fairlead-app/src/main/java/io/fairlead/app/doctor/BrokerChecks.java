package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerConfig.Proto;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.MqttConfig.Durability;
import io.fairlead.mqtt.MqttConfig.Persistence;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.rocksdb.StoreRoom;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The broker: its store, and whether messages come back from one that runs. */
final class BrokerChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Pattern ADDRESS = Pattern.compile("\\[?([^\\[\\]]+)]?:(\\d+)");
  private static final int QOS_MAX = 2;

  private BrokerChecks() {}

  static List<Finding> all(
      GatewayConfig config, Optional<RunningGateway> running, Clock clock, Randomness random) {
    if (config.listeners().values().stream().noneMatch(each -> each.proto() == Proto.MQTT)) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    Persistence kept = config.mqtt().persistence();
    if (kept.durability() != Durability.MEMORY) {
      Path store = kept.dir().orElse(config.runtime().stateDir().resolve("mqtt"));
      findings.add(FileChecks.folder("broker.store", "mqtt.persistence.dir", store));
      room(store, kept.minFree()).ifPresent(findings::add);
    }
    running
        .flatMap(gateway -> gateway.said(RunningGateway.LISTENERS))
        .flatMap(listeners -> plain(config, listeners))
        .map(address -> roundTrip(address, clock, random))
        .ifPresent(findings::add);
    return findings;
  }

  private static Optional<Finding> room(Path store, ByteSize wanted) {
    Path there = store.toAbsolutePath();
    while (there != null && !Files.exists(there)) there = there.getParent();
    if (there == null) return Optional.empty();
    try {
      return room(store, StoreRoom.of(there, wanted));
    } catch (IOException unknown) {
      return Optional.empty(); // whether it can be written to is told already
    }
  }

  /** What the broker itself will say of that room. */
  static Optional<Finding> room(Path store, StoreRoom room) {
    return room.enough()
        ? Optional.empty()
        : Optional.of(
            Finding.warn(
                "broker.room",
                "%s: %d MiB are free, with no more than %d the broker takes no message to keep"
                    .formatted(store, room.freeBytes() >> 20, room.leastBytes() >> 20),
                "make room, or lower mqtt.persistence.min_free"));
  }

  /** Where the gateway really listens for MQTT without TLS; the port may have been its choice. */
  private static Optional<InetSocketAddress> plain(GatewayConfig config, JsonNode report) {
    for (JsonNode each : report.path("listeners")) {
      ListenerConfig listener = config.listeners().get(each.path("id").asString(""));
      if (listener == null
          || listener.proto() != Proto.MQTT
          || listener.tls().isPresent()
          || listener.proxyProtocol().isPresent()) {
        continue;
      }
      for (JsonNode text : each.path("addresses")) {
        Matcher address = ADDRESS.matcher(text.asString(""));
        if (!address.matches()) continue;
        InetSocketAddress found =
            new InetSocketAddress(address.group(1), Integer.parseInt(address.group(2)));
        if (found.isUnresolved()) continue;
        boolean any = found.getAddress().isAnyLocalAddress();
        return Optional.of(any ? new InetSocketAddress("127.0.0.1", found.getPort()) : found);
      }
    }
    return Optional.empty();
  }

  /** One message of each quality of service, to a topic that nobody else knows. */
  private static Finding roundTrip(InetSocketAddress address, Clock clock, Randomness random) {
    String tag = HexFormat.of().formatHex(random.secureBytes(8));
    String at = address.getHostString() + ":" + address.getPort();
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            30,
            "doctor-" + tag,
            Optional.empty(),
            Optional.empty(),
            null,
            Properties.EMPTY);
    long beganNanos = clock.nanos();
    try (MqttLink link =
        MqttLink.open(address, Optional.empty(), Optional.empty(), connect, PATIENCE)) {
      if (!(link.take(PATIENCE).orElse(null) instanceof Packet.ConnAck ack)) {
        return lost(at, "it does not answer as a broker does");
      }
      if (ack.reason().error()) return refused(at, ack.reason());
      Optional<ReasonCode> refusal = exchange(link, "fairlead/doctor/" + tag);
      if (refusal.isPresent()) return refused(at, refusal.get());
      long millis = Duration.ofNanos(clock.nanos() - beganNanos).toMillis();
      return Finding.ok(
          "broker", at + ": messages of QoS 0, 1 and 2 came back within " + millis + " ms");
    } catch (IOException failure) {
      return lost(at, String.valueOf(failure.getMessage()));
    }
  }

  private static Finding refused(String at, ReasonCode reason) {
    return Finding.ok(
        "broker",
        at + ": it answers, and wants an account for messages (it said " + reason.word() + ")");
  }

  private static Finding lost(String at, String why) {
    return Finding.fail(
        "broker",
        at + ": no message came back: " + why,
        "see its log, and fairlead mqtt clients for what it does");
  }

  /** What it refuses; empty when all messages came back. */
  private static Optional<ReasonCode> exchange(MqttLink link, String topic) throws IOException {
    link.send(
        new Packet.Subscribe(
            link.nextId(), List.of(new Packet.Wish(topic, QOS_MAX)), Properties.EMPTY));
    Set<String> missing = new TreeSet<>(Set.of("0", "1", "2"));
    while (!missing.isEmpty()) {
      Packet packet = link.take(PATIENCE).orElseThrow(() -> new IOException("not in time"));
      switch (packet) {
        case Packet.SubAck granted -> {
          ReasonCode reason = granted.reasons().getFirst();
          if (reason.error()) return Optional.of(reason);
          for (int qos = 0; qos <= QOS_MAX; qos++) send(link, topic, qos);
        }
        case Packet.Publish message -> {
          missing.remove(new String(message.payload(), StandardCharsets.US_ASCII));
          PacketType answer = message.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
          if (message.qos() > 0) acknowledge(link, answer, message.packetId());
        }
        case Packet.Ack ack when ack.reason().error() -> {
          return Optional.of(ack.reason());
        }
        case Packet.Ack ack when ack.type() == PacketType.PUBREC ->
            acknowledge(link, PacketType.PUBREL, ack.packetId());
        case Packet.Ack ack when ack.type() == PacketType.PUBREL ->
            acknowledge(link, PacketType.PUBCOMP, ack.packetId());
        case Packet.Disconnect end -> {
          return Optional.of(end.reason());
        }
        default -> {} // of a broker: everything else changes nothing here
      }
    }
    link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
    return Optional.empty();
  }

  private static void send(MqttLink link, String topic, int qos) throws IOException {
    link.send(
        new Packet.Publish(
            topic.getBytes(StandardCharsets.UTF_8),
            String.valueOf(qos).getBytes(StandardCharsets.US_ASCII),
            qos,
            false,
            false,
            qos == 0 ? 0 : link.nextId(),
            Properties.EMPTY));
  }

  private static void acknowledge(MqttLink link, PacketType type, int id) throws IOException {
    link.send(new Packet.Ack(type, id, ReasonCode.SUCCESS));
  }
}
