package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Principal;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.DecodeLimits;
import io.fairlead.mqtt.codec.FrameReader;
import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.ConnectionOutput;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A broker of two shards without sockets or threads: {@link #settle} runs what is to be run. */
final class BrokerLab {
  // Far more than any test needs between two things it does.
  private static final int STEPS_MAX = 1_000_000;

  final ManualClock clock = new ManualClock();
  final BrokerStore store;
  final BrokerCore core;
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Deque<Runnable> tasks = new ArrayDeque<>();

  BrokerLab(BrokerStore store, MqttConfig config) {
    this(store, config, Duration.ZERO);
  }

  /** So long after the clock began. */
  BrokerLab(BrokerStore store, MqttConfig config, Duration age) {
    clock.advance(age);
    this.store = store;
    BrokerCore.Thread thread = new BrokerCore.Thread(tasks::add, clock);
    core =
        new BrokerCore(
            List.of(thread, thread),
            BrokerCore.Home.HASH,
            store,
            new BrokerMeters(new Meters(registry)),
            new EventBus(),
            clock,
            Randomness.seeded(1));
    core.decideBy(config, MqttAuthorizer.open());
    var _ = core.restore();
    settle();
    core.wake();
    settle();
  }

  /** With the section {@code mqtt} of a configuration. */
  BrokerLab(BrokerStore store, String yaml) {
    this(store, config(yaml));
  }

  static MqttConfig config(String yaml) {
    try {
      return ConfigReader.read(
              MqttConfig.TYPE,
              new ConfigSource("mqtt.yaml", yaml, Path.of("/")),
              Environment.withVariables(Map.of()))
          .valueOrThrow();
    } catch (ConfigException bad) {
      throw new AssertionError(bad);
    }
  }

  /** From here on clients may do what that says. */
  void decideBy(MqttAuthorizer authorizer) {
    core.decideBy(core.config(), authorizer);
  }

  /** A counter with all these tags; 0 while it is not there. */
  double count(String meter, String... tags) {
    return registry.find("fairlead." + meter).tags(tags).counters().stream()
            .mapToDouble(each -> each.count())
            .sum()
        + registry.find("fairlead." + meter).tags(tags).functionCounters().stream()
            .mapToDouble(each -> each.count())
            .sum();
  }

  double dropped(Drop reason) {
    return count("mqtt.dropped", "reason", reason.name().toLowerCase(Locale.ROOT));
  }

  double queueBytes() {
    return registry.get("fairlead.mqtt.queue.bytes").gauge().value();
  }

  /** Runs all there is to run, and what comes of it. */
  void settle() {
    int steps = 0;
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      if (steps++ == STEPS_MAX) throw new AssertionError("the broker goes round in circles");
      task.run();
    }
  }

  void pass(Duration time) {
    clock.advance(time);
    settle();
  }

  Client client(String id) {
    return new Client(id);
  }

  /** A client and what it was sent. */
  final class Client {
    final String id;
    boolean clean = true;
    long expirySeconds;
    int receiveMaximum = 65_535;
    int aliasMaximum;
    long packetBytesMax;
    boolean wantsReasons = true;
    MqttVersion version = MqttVersion.V5;
    String user = "";
    Optional<Packet.Will> will = Optional.empty();
    ReasonCode welcome = ReasonCode.SUCCESS; // what is said to it last of all
    private @Nullable Wire wire;
    private @Nullable Session session;

    Client(String id) {
      this.id = id;
    }

    Client persistent(long seconds) {
      clean = false;
      expirySeconds = seconds;
      return this;
    }

    /** Connects and returns the CONNACK. */
    Packet.ConnAck connect() {
      return (Packet.ConnAck) connectLater().received.remove();
    }

    /** Connects; the CONNACK comes when it comes. */
    Wire connectLater() {
      Properties.Builder wishes =
          Properties.of()
              .with(PropertyId.SESSION_EXPIRY, expirySeconds)
              .with(PropertyId.RECEIVE_MAXIMUM, receiveMaximum)
              .with(PropertyId.TOPIC_ALIAS_MAXIMUM, aliasMaximum);
      if (packetBytesMax > 0) wishes.with(PropertyId.MAXIMUM_PACKET_SIZE, packetBytesMax);
      if (!wantsReasons) wishes.with(PropertyId.REQUEST_PROBLEM_INFO, 0);
      Properties properties = version.rich() ? wishes.build() : Properties.EMPTY;
      Packet.Connect connect =
          new Packet.Connect(version, clean, 0, id, will, Optional.empty(), null, properties);
      Wire next = new Wire(version);
      Connection connection =
          new Connection(
              new MqttClient(
                  id,
                  user.isEmpty() ? Principal.ANONYMOUS : Principal.of(user),
                  java.util.Set.of(),
                  new InetSocketAddress(1)),
              connect,
              next,
              core.config().protocol());
      connection.tracedBy(core.traces());
      next.connection = connection;
      wire = next;
      Shard shard = core.homeOf(id, core.shard(0));
      shard
          .executor()
          .execute(
              () ->
                  shard.arrive(
                      new Arrivals.Arrival(
                          connection,
                          Properties.EMPTY,
                          () -> welcome,
                          opened -> session = opened)));
      settle();
      return next;
    }

    Client joined() {
      connect();
      return this;
    }

    Client subscribe(String filter, int qos) {
      send(new Packet.Subscribe(9999, List.of(new Packet.Wish(filter, qos)), Properties.EMPTY));
      return this;
    }

    void publish(String topic, String payload, int qos, int packetId, Properties properties) {
      publish(topic, payload, qos, packetId, false, properties);
    }

    void publish(
        String topic,
        String payload,
        int qos,
        int packetId,
        boolean retain,
        Properties properties) {
      send(
          new Packet.Publish(
              topic.getBytes(StandardCharsets.UTF_8),
              payload.getBytes(StandardCharsets.UTF_8),
              qos,
              retain,
              false,
              packetId,
              properties));
    }

    void ack(PacketType type, int packetId) {
      send(new Packet.Ack(type, packetId, ReasonCode.SUCCESS));
    }

    void send(Packet packet) {
      Session now = session;
      Wire current = wire;
      if (now == null || current == null) throw new IllegalStateException(id + " is away");
      now.host()
          .executor()
          .execute(
              () -> {
                if (now.connection().orElse(null) == current.connection) now.accept(packet);
              });
      settle();
    }

    /** The network is gone. */
    void lose() {
      Session now = session;
      Wire current = wire;
      if (now != null && current != null && current.connection != null) {
        Shard shard = (Shard) now.host();
        Connection connection = current.connection;
        shard.executor().execute(() -> shard.lost(now, connection));
      }
      settle();
      session = null;
    }

    void disconnect(ReasonCode reason) {
      Session now = session;
      Wire current = wire;
      if (now == null || current == null || current.connection == null) return;
      Connection connection = current.connection;
      Shard shard = (Shard) now.host();
      shard
          .executor()
          .execute(
              () ->
                  shard.goodbye(now, connection, new Packet.Disconnect(reason, Properties.EMPTY)));
      settle();
    }

    /** Whether it is to be read slower. */
    boolean slowed() {
      Session now = session;
      return now != null && now.takeSlowed();
    }

    boolean connected() {
      return session != null;
    }

    Session session() {
      Session now = session;
      if (now == null) throw new IllegalStateException(id + " is away");
      return now;
    }

    /** Whether the broker ended its connection. */
    boolean ended() {
      settle();
      return wire != null && wire.closed;
    }

    /** Reads nothing from here on. */
    void stall() {
      if (wire != null) wire.writable = false;
    }

    /** Reads again. */
    void readAgain() {
      Session now = session();
      if (wire != null) wire.writable = true;
      now.host().executor().execute(now::onWritable);
      settle();
    }

    /** The one packet it was sent since. */
    Packet only() {
      List<Packet> all = take();
      if (all.size() != 1) throw new AssertionError(id + " was sent " + all);
      return all.getFirst();
    }

    /** Takes everything it was sent since. */
    List<Packet> take() {
      settle();
      Wire current = wire;
      if (current == null) return List.of();
      current.asked = 0;
      List<Packet> all = new ArrayList<>(current.received);
      current.received.clear();
      return all;
    }

    /** Payloads of the messages among them. */
    List<String> messages() {
      List<String> payloads = new ArrayList<>();
      for (Packet packet : take()) {
        if (packet instanceof Packet.Publish publish) {
          payloads.add(new String(publish.payload(), StandardCharsets.UTF_8));
        }
      }
      return payloads;
    }
  }

  /** Decodes what a connection writes. */
  private static final class Wire implements ConnectionOutput {
    final Deque<Packet> received = new ArrayDeque<>();
    private final MqttVersion version;
    private final FrameReader reader;
    boolean writable = true;
    boolean closed;
    int asked;
    private ByteBuf bytes = Unpooled.buffer();
    @Nullable Connection connection;

    Wire(MqttVersion version) {
      this.version = version;
      this.reader =
          FrameReader.ofServer(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS, version);
    }

    @Override
    public void send(Packet packet) {
      flush();
      PacketEncoder.encode(bytes, packet, version);
      flush();
    }

    @Override
    public ByteBuf buffer(int count) {
      flush();
      return bytes;
    }

    @Override
    public void append(byte[] more) {
      bytes.writeBytes(more);
      flush();
    }

    @Override
    public boolean writable() {
      // Asked before each message: who asks without an end sends without one.
      if (asked++ == STEPS_MAX) throw new AssertionError("the broker goes round in circles");
      return writable;
    }

    @Override
    public void close(Optional<Packet> lastWord) {
      if (closed) throw new AssertionError("closed twice");
      lastWord.ifPresent(this::send);
      closed = true;
    }

    private void flush() {
      ByteBuf full = bytes;
      bytes = Unpooled.buffer();
      try {
        reader.read(full, received::add);
      } catch (MqttCodecException bad) {
        throw new AssertionError("the broker wrote what is not MQTT", bad);
      }
    }
  }
}
