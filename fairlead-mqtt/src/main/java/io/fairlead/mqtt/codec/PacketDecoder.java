package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Auth;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.Packet.SubAck;
import io.fairlead.mqtt.codec.Packet.Subscribe;
import io.fairlead.mqtt.codec.Packet.UnsubAck;
import io.fairlead.mqtt.codec.Packet.Unsubscribe;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes the body of one frame whose header was checked. Keeps the last topic, so that a publisher
 * who repeats itself costs one comparison. Confined to its connection's event loop.
 */
final class PacketDecoder {
  private static final byte[] NO_BYTES = new byte[0];
  private static final int SHARE_LENGTH = "$share/".length();

  private final DecodeLimits limits;
  private final boolean fromServer;
  private final PropertyReader properties;
  private MqttVersion version = MqttVersion.V3_1_1;
  private byte[] lastTopic = NO_BYTES;

  PacketDecoder(DecodeLimits limits, boolean fromServer) {
    this.limits = limits;
    this.fromServer = fromServer;
    this.properties = new PropertyReader(limits, fromServer);
  }

  /** From here on packets are of that version. */
  void version(MqttVersion next) {
    version = next;
  }

  /**
   * @param in exactly the frame behind its fixed header; borrowed
   * @throws MqttCodecException it is not well-formed or not legal
   */
  Packet decode(PacketType type, int flags, ByteBuf in) throws MqttCodecException {
    Packet packet =
        switch (type) {
          case CONNECT -> ConnectReader.read(in, properties);
          case CONNACK -> connAck(in);
          case PUBLISH -> publish(in, flags);
          case PUBACK, PUBREC, PUBREL, PUBCOMP -> ack(type, in);
          case SUBSCRIBE -> subscribe(in);
          case SUBACK -> subAck(in);
          case UNSUBSCRIBE -> unsubscribe(in);
          case UNSUBACK -> unsubAck(in);
          case PINGREQ -> Packet.PingReq.INSTANCE;
          case PINGRESP -> Packet.PingResp.INSTANCE;
          case DISCONNECT -> disconnect(in);
          case AUTH -> auth(in);
        };
    if (in.isReadable()) throw MqttCodecException.malformed(type + " has bytes left over");
    return packet;
  }

  private Publish publish(ByteBuf in, int flags) throws MqttCodecException {
    int qos = flags >> 1 & 3;
    boolean dup = (flags & 8) != 0;
    if (qos == 3) throw MqttCodecException.malformed("QoS 3");
    if (dup && qos == 0) throw MqttCodecException.malformed("DUP with QoS 0");
    byte[] topic = topic(in);
    int packetId = qos == 0 ? 0 : packetId(in);
    Properties found = propertiesOf(in, PacketType.PUBLISH);
    if (topic.length == 0 && !found.has(PropertyId.TOPIC_ALIAS)) {
      throw MqttCodecException.protocol("PUBLISH without a topic");
    }
    if (!fromServer && found.has(PropertyId.SUBSCRIPTION_ID)) {
      throw MqttCodecException.protocol("a client's PUBLISH has a subscription id");
    }
    byte[] payload = in.isReadable() ? new byte[in.readableBytes()] : NO_BYTES;
    in.readBytes(payload);
    return new Publish(topic, payload, qos, (flags & 1) != 0, dup, packetId, found);
  }

  private byte[] topic(ByteBuf in) throws MqttCodecException {
    int length = Wire.readU16(in);
    Wire.need(in, length);
    if (length == 0) return NO_BYTES;
    byte[] last = lastTopic;
    if (length == last.length && sameBytes(in, last)) {
      in.skipBytes(length);
      return last;
    }
    byte[] topic = new byte[length];
    in.readBytes(topic);
    checkTopic(topic, limits);
    lastTopic = topic;
    return topic;
  }

  private static boolean sameBytes(ByteBuf in, byte[] bytes) {
    int at = in.readerIndex();
    // From the end: that is where topics of one publisher differ.
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (in.getByte(at + i) != bytes[i]) return false;
    }
    return true;
  }

  /** A topic name (§4.7): text without wildcards, within the limits. */
  static void checkTopic(byte[] topic, DecodeLimits limits) throws MqttCodecException {
    if (!Utf8.valid(topic)) throw MqttCodecException.malformed("topic is not valid UTF-8");
    int levels = 1;
    for (byte each : topic) {
      if (each == '+' || each == '#') {
        throw new MqttCodecException(ReasonCode.TOPIC_NAME_INVALID, "topic has a wildcard");
      }
      if (each == '/') levels++;
    }
    if (topic.length > limits.topicBytes() || levels > limits.topicLevels()) {
      throw MqttCodecException.beyond(
          MqttLimit.TOPIC, ReasonCode.TOPIC_NAME_INVALID, "topic is too long or too deep");
    }
  }

  private Ack ack(PacketType type, ByteBuf in) throws MqttCodecException {
    int packetId = packetId(in);
    if (!version.rich() || !in.isReadable()) return new Ack(type, packetId, ReasonCode.SUCCESS);
    ReasonCode reason = reason(in, type);
    Properties found = in.isReadable() ? propertiesOf(in, type) : Properties.EMPTY;
    return new Ack(type, packetId, reason, found);
  }

  private Subscribe subscribe(ByteBuf in) throws MqttCodecException {
    int packetId = packetId(in);
    Properties found = propertiesOf(in, PacketType.SUBSCRIBE);
    List<Wish> wishes = new ArrayList<>(1);
    while (in.isReadable()) wishes.add(wish(in));
    if (wishes.isEmpty()) throw MqttCodecException.protocol("SUBSCRIBE without a filter");
    return new Subscribe(packetId, wishes, found);
  }

  private Wish wish(ByteBuf in) throws MqttCodecException {
    String filter = filter(in);
    int options = Wire.readByte(in);
    int qos = options & 3;
    int reserved = version.rich() ? 0xc0 : 0xfc;
    if (qos == 3 || (options & reserved) != 0) {
      throw MqttCodecException.malformed("subscription options");
    }
    boolean noLocal = (options & 4) != 0;
    int retainHandling = options >> 4 & 3;
    if (retainHandling == 3) throw MqttCodecException.protocol("retain handling 3");
    if (noLocal && filter.length() > SHARE_LENGTH && filter.startsWith("$share/")) {
      throw MqttCodecException.protocol("no local on a shared subscription");
    }
    return new Wish(filter, qos, noLocal, (options & 8) != 0, retainHandling);
  }

  private static String filter(ByteBuf in) throws MqttCodecException {
    String filter = Wire.readText(in);
    if (filter.isEmpty()) throw MqttCodecException.protocol("an empty filter");
    return filter;
  }

  private Unsubscribe unsubscribe(ByteBuf in) throws MqttCodecException {
    int packetId = packetId(in);
    Properties found = propertiesOf(in, PacketType.UNSUBSCRIBE);
    List<String> filters = new ArrayList<>(1);
    while (in.isReadable()) filters.add(filter(in));
    if (filters.isEmpty()) throw MqttCodecException.protocol("UNSUBSCRIBE without a filter");
    return new Unsubscribe(packetId, filters, found);
  }

  private Disconnect disconnect(ByteBuf in) throws MqttCodecException {
    if (!version.rich() || !in.isReadable()) {
      return new Disconnect(ReasonCode.SUCCESS, Properties.EMPTY);
    }
    ReasonCode reason = reason(in, PacketType.DISCONNECT);
    Properties found = in.isReadable() ? propertiesOf(in, PacketType.DISCONNECT) : Properties.EMPTY;
    if (fromServer && found.has(PropertyId.SESSION_EXPIRY)) {
      throw MqttCodecException.protocol("a server's DISCONNECT has a session expiry");
    }
    if (!fromServer && found.has(PropertyId.SERVER_REFERENCE)) {
      throw MqttCodecException.protocol("a client's DISCONNECT has a server reference");
    }
    return new Disconnect(reason, found);
  }

  private Auth auth(ByteBuf in) throws MqttCodecException {
    if (!version.rich()) throw MqttCodecException.protocol("AUTH before version 5");
    ReasonCode reason = in.isReadable() ? reason(in, PacketType.AUTH) : ReasonCode.SUCCESS;
    Properties found = in.isReadable() ? propertiesOf(in, PacketType.AUTH) : Properties.EMPTY;
    if (!found.has(PropertyId.AUTH_METHOD)) {
      throw MqttCodecException.protocol("AUTH without a method");
    }
    return new Auth(reason, found);
  }

  private ConnAck connAck(ByteBuf in) throws MqttCodecException {
    int flags = Wire.readByte(in);
    if (flags > 1) throw MqttCodecException.malformed("CONNACK flags");
    int code = Wire.readByte(in);
    if (version.rich()) {
      return new ConnAck(flags == 1, known(code), propertiesOf(in, PacketType.CONNACK));
    }
    ReasonCode reason =
        switch (code) {
          case 0 -> ReasonCode.SUCCESS;
          case 1 -> ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
          case 2 -> ReasonCode.CLIENT_ID_NOT_VALID;
          case 3 -> ReasonCode.SERVER_UNAVAILABLE;
          case 4 -> ReasonCode.BAD_USER_NAME_OR_PASSWORD;
          case 5 -> ReasonCode.NOT_AUTHORIZED;
          default -> throw MqttCodecException.malformed("CONNACK return code");
        };
    // A server older than this one may answer 5 in the form of 3.1.1: the properties are missing.
    return new ConnAck(flags == 1, reason, Properties.EMPTY);
  }

  private SubAck subAck(ByteBuf in) throws MqttCodecException {
    int packetId = packetId(in);
    Properties found = propertiesOf(in, PacketType.SUBACK);
    return new SubAck(packetId, reasons(in), found);
  }

  private UnsubAck unsubAck(ByteBuf in) throws MqttCodecException {
    int packetId = packetId(in);
    Properties found = propertiesOf(in, PacketType.UNSUBACK);
    return new UnsubAck(packetId, version.rich() ? reasons(in) : List.of(), found);
  }

  private static List<ReasonCode> reasons(ByteBuf in) throws MqttCodecException {
    List<ReasonCode> reasons = new ArrayList<>(1);
    while (in.isReadable()) reasons.add(known(in.readUnsignedByte()));
    if (reasons.isEmpty()) throw MqttCodecException.protocol("an answer without reasons");
    return reasons;
  }

  private Properties propertiesOf(ByteBuf in, PacketType type) throws MqttCodecException {
    return version.rich() ? properties.read(in, type.bit()) : Properties.EMPTY;
  }

  private static int packetId(ByteBuf in) throws MqttCodecException {
    int id = Wire.readU16(in);
    if (id == 0) throw MqttCodecException.malformed("packet id 0");
    return id;
  }

  private static ReasonCode known(int code) throws MqttCodecException {
    return ReasonCode.of(code)
        .orElseThrow(() -> MqttCodecException.malformed("unknown reason code"));
  }

  /** A reason code the packet may carry (§2.4). */
  private ReasonCode reason(ByteBuf in, PacketType type) throws MqttCodecException {
    ReasonCode reason = known(Wire.readByte(in));
    if (!ReasonPlaces.fits(reason, type, fromServer)) {
      throw MqttCodecException.protocol(type + " with reason " + reason.word());
    }
    return reason;
  }
}
