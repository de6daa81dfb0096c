package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.trace.Traces;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was agreed with a client for one connection, and what is known only as long as it lasts.
 * Home thread of the session only.
 */
public final class Connection {
  private static final byte[] NO_TOPIC = new byte[0];

  private MqttClient client;
  private final Connect connect;
  private final ConnectionOutput output;
  private final int receiveMaximum;
  private final long packetBytesMax;
  private final boolean problemInfo;
  private final OutboundAliases outbound;
  private final InboundAliases inbound;
  private final AckLine acks;
  private final MqttConfig.@Nullable Protocol told;
  private final boolean inside;
  private final @Nullable MqttClient actsFor;
  private MqttRights rights = MqttRights.ALL;
  private @Nullable MqttAuthorizer rightsBy;
  private @Nullable MqttRights former; // until it was asked what of them is left
  private @Nullable Traces traces;
  private Reading reading = Reading.ALWAYS;
  private boolean judgedAgain;
  private boolean turnedAway;
  private boolean ended;
  private String endedBy = "lost";

  /**
   * @param told what the client is told at its connect that it may do
   */
  public Connection(
      MqttClient client, Connect connect, ConnectionOutput output, MqttConfig.Protocol told) {
    this(client, connect, output, told, false, null);
  }

  /**
   * The same.
   *
   * @param inside part of this process, such as a bridge: it keeps to the receive maximum by itself
   * @param actsFor whose rights it has, if it is part of this process; null: it may do everything
   */
  Connection(
      MqttClient client,
      Connect connect,
      ConnectionOutput output,
      MqttConfig.@Nullable Protocol told,
      boolean inside,
      @Nullable MqttClient actsFor) {
    this.client = client;
    this.inside = inside;
    this.actsFor = actsFor;
    this.connect = connect;
    this.output = output;
    Properties wishes = connect.properties();
    this.receiveMaximum = (int) wishes.number(PropertyId.RECEIVE_MAXIMUM, 65_535);
    this.packetBytesMax = wishes.number(PropertyId.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
    this.problemInfo = wishes.number(PropertyId.REQUEST_PROBLEM_INFO, 1) == 1;
    this.outbound = new OutboundAliases((int) wishes.number(PropertyId.TOPIC_ALIAS_MAXIMUM, 0));
    this.told = connect.version().rich() ? told : null;
    this.inbound = new InboundAliases(this.told == null ? 0 : this.told.topicAliasMax());
    this.acks = new AckLine(this::send);
  }

  public MqttClient client() {
    return client;
  }

  /**
   * What its CONNACK said that it may do holds until it ends, whatever becomes of the configuration
   * (MQTT 5.0, 3.2.2.3). Clients before version 5 and parts of this process are told nothing: for
   * them it is what holds {@code now}.
   */
  public MqttConfig.Protocol promised(MqttConfig.Protocol now) {
    return told == null ? now : told;
  }

  /** A connection of this process itself, which may do everything. */
  public static Connection within(MqttClient client, Connect connect, ConnectionOutput output) {
    return new Connection(client, connect, output, null, true, null);
  }

  /** A connection of this process itself, which may do what {@code actsFor} may. */
  public static Connection within(
      MqttClient client, Connect connect, ConnectionOutput output, MqttClient actsFor) {
    return new Connection(client, connect, output, null, true, actsFor);
  }

  /** Whether it is part of this process. */
  public boolean inside() {
    return inside;
  }

  /** What it says and is told may be looked at from here on; before anything is. */
  public void tracedBy(Traces by) {
    traces = by;
  }

  /** Whoever reads the client; before anything is sent. */
  public void readBy(Reading by) {
    reading = by;
  }

  Reading reading() {
    return reading;
  }

  /** A packet of the client, before it is acted upon. Any thread. */
  public void received(Packet packet) {
    Traces looked = traces;
    if (looked == null || looked.idle()) return;
    boolean aliased = packet instanceof Packet.Publish message && message.topic().length == 0;
    saw(looked, true, aliased ? named((Packet.Publish) packet) : packet);
  }

  private Packet named(Packet.Publish message) {
    byte[] topic = inbound.topic((int) message.properties().number(PropertyId.TOPIC_ALIAS, 0));
    return topic == null
        ? message
        : new Packet.Publish(
            topic,
            message.payload(),
            message.qos(),
            message.retain(),
            message.dup(),
            message.packetId(),
            message.properties());
  }

  private void told(Packet packet) {
    Traces looked = traces;
    if (looked != null && !looked.idle()) saw(looked, false, packet);
  }

  private void saw(Traces looked, boolean received, Packet packet) {
    looked.saw(received, client.clientId(), client.remote(), packet);
  }

  /** The client is known anew: in other groups. */
  public void become(MqttClient next) {
    if (next == client) return;
    client = next;
    outdated();
    rightsBy = null;
  }

  /**
   * The rules changed while it is on its way in.
   *
   * @param lost it would not be let in by those of now
   */
  public void judgeAgain(boolean lost) {
    judgedAgain = true;
    turnedAway |= lost;
  }

  /** Whether the rules changed after it was asked who it is, and before it was let in. */
  public boolean judgedAgain() {
    return judgedAgain;
  }

  /** Whether it is to be cut as soon as it is let in. */
  public boolean turnedAway() {
    return turnedAway;
  }

  /** What the client may do, by that authorizer; prepared once. */
  MqttRights rights(MqttAuthorizer by) {
    MqttClient judged = inside ? actsFor : client;
    if (judged == null) return MqttRights.ALL;
    if (by != rightsBy) {
      outdated();
      rights = by.rights(judged);
      rightsBy = by;
    }
    return rights;
  }

  private void outdated() {
    if (former == null && rightsBy != null) former = rights;
  }

  /** What it had before its rights changed, once; null: they did not. */
  @Nullable MqttRights takeFormerRights() {
    MqttRights before = former;
    former = null;
    return before;
  }

  /** What it began with. */
  public Connect connect() {
    return connect;
  }

  public MqttVersion version() {
    return connect.version();
  }

  int receiveMaximum() {
    return receiveMaximum;
  }

  InboundAliases inbound() {
    return inbound;
  }

  AckLine acks() {
    return acks;
  }

  /** Messages of the client that wait to be kept before they are acknowledged. Any thread. */
  public int unacknowledged() {
    return acks.seen();
  }

  public boolean writable() {
    return !ended && output.writable();
  }

  /**
   * Appends a packet, without what the client did not ask for or cannot take. One that is too large
   * for it all the same must not be sent, and as it waits for each, the connection ends instead.
   */
  public void send(Packet packet) {
    if (ended) return;
    Optional<Packet> said = fitting(packet);
    if (said.isEmpty()) {
      end(ReasonCode.PACKET_TOO_LARGE, Properties.EMPTY);
      return;
    }
    told(packet);
    output.send(said.get());
  }

  /** Whether the client takes such a packet, without what may be left out. */
  public boolean takes(Packet packet) {
    return fitting(packet).isPresent();
  }

  void ack(PacketType type, int packetId, ReasonCode reason) {
    send(new Ack(type, packetId, reason));
  }

  /** Whether a message can be sent to this client at all. */
  boolean fits(Message message, int qos, boolean expires, int[] subscriptionIds) {
    if (packetBytesMax == Long.MAX_VALUE) return true;
    int properties = propertyBytes(message, expires, subscriptionIds);
    return PacketEncoder.publishBytes(
            message.topic().length, qos, properties, message.payload().length, version())
        <= packetBytesMax;
  }

  /**
   * Appends a message.
   *
   * @param wallMillis now, for the rest of its life
   */
  void publish(
      Message message,
      int qos,
      boolean dup,
      boolean retain,
      int packetId,
      int[] subscriptionIds,
      long wallMillis) {
    if (ended) return;
    byte[] topic = message.topic();
    byte[] payload = message.payload();
    if (traces != null && !traces.idle()) {
      told(new Packet.Publish(topic, payload, qos, retain, dup, packetId, Properties.EMPTY));
    }
    int flags = (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
    if (!version().rich()) {
      ByteBuf out = output.buffer(topic.length + 10);
      PacketEncoder.publishHead(out, topic, flags, packetId, 0, payload.length, version());
      output.append(payload);
      return;
    }
    // A message that is sent again carries its whole topic: the numbers of an earlier connection
    // mean nothing in this one.
    int alias = dup ? 0 : outbound.of(topic);
    boolean topicToo = alias == 0 || outbound.fresh();
    if (alias != 0 && topicToo && packetBytesMax != Long.MAX_VALUE) {
      int withAlias = propertyBytes(message, message.expires(), subscriptionIds) + 3;
      int bytes =
          PacketEncoder.publishBytes(topic.length, qos, withAlias, payload.length, version());
      if (bytes > packetBytesMax) {
        outbound.forget(topic);
        alias = 0;
      }
    }
    int properties =
        propertyBytes(message, message.expires(), subscriptionIds) + (alias == 0 ? 0 : 3);
    byte[] forwarded = message.encodedProperties();
    ByteBuf out = output.buffer(topic.length + properties + 16);
    PacketEncoder.publishHead(
        out, topicToo ? topic : NO_TOPIC, flags, packetId, properties, payload.length, version());
    if (message.expires()) {
      long left = Math.max(1, (message.expiresAtMillis() - wallMillis + 999) / 1000);
      PacketEncoder.messageExpiry(out, left);
    }
    if (alias != 0) PacketEncoder.topicAlias(out, alias);
    for (int id : subscriptionIds) PacketEncoder.subscriptionId(out, id);
    out.writeBytes(forwarded);
    output.append(payload);
  }

  private int propertyBytes(Message message, boolean expires, int[] subscriptionIds) {
    if (!version().rich()) return 0;
    int bytes = message.encodedProperties().length + (expires ? 5 : 0);
    for (int id : subscriptionIds) bytes += PacketEncoder.subscriptionIdBytes(id);
    return bytes;
  }

  /** Ends with a reason that clients of version 5 are told. Once; later calls do nothing. */
  public void end(ReasonCode reason, Properties properties) {
    if (ended) return;
    ended = true;
    endedBy = reason.word();
    told(new Disconnect(reason, properties));
    output.close(version().rich() ? fitting(new Disconnect(reason, properties)) : Optional.empty());
  }

  /** Ends without a word: the client has said its own. */
  public void end() {
    if (ended) return;
    ended = true;
    endedBy = "client";
    output.close(Optional.empty());
  }

  /** Refuses: the last packet is a CONNACK. */
  public void refuse(Packet.ConnAck answer) {
    if (ended) return;
    ended = true;
    told(answer);
    boolean said = version().rich() || answer.reason().connectReturnCode().isPresent();
    output.close(said ? fitting(answer) : Optional.empty());
  }

  /** Who or what ended it: {@code client}, {@code lost}, or the word of a reason. */
  String endedBy() {
    return endedBy;
  }

  boolean ended() {
    return ended;
  }

  private Optional<Packet> fitting(Packet packet) {
    return version().rich()
        ? Explanations.fitting(packet, problemInfo, packetBytesMax)
        : Optional.of(packet);
  }
}
