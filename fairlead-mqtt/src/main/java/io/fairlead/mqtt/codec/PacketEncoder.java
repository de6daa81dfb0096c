package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Auth;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.Packet.SubAck;
import io.fairlead.mqtt.codec.Packet.Subscribe;
import io.fairlead.mqtt.codec.Packet.UnsubAck;
import io.fairlead.mqtt.codec.Packet.Unsubscribe;
import io.fairlead.mqtt.codec.Packet.Will;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes packets as one version of the protocol has them. Stateless. */
public final class PacketEncoder {
  private PacketEncoder() {}

  /** Appends the packet to {@code out}, which is borrowed and grows. */
  public static void encode(ByteBuf out, Packet packet, MqttVersion version) {
    switch (packet) {
      case Connect connect -> connect(out, connect);
      case ConnAck ack -> connAck(out, ack, version);
      case Publish publish -> publish(out, publish, version);
      case Ack ack -> ack(out, ack, version);
      case Subscribe subscribe -> subscribe(out, subscribe, version);
      case SubAck ack -> subAck(out, ack, version);
      case Unsubscribe unsubscribe -> unsubscribe(out, unsubscribe, version);
      case UnsubAck ack -> unsubAck(out, ack, version);
      case Packet.PingReq _ -> out.writeShort(PacketType.PINGREQ.number() << 12);
      case Packet.PingResp _ -> out.writeShort(PacketType.PINGRESP.number() << 12);
      case Disconnect goodbye ->
          words(out, PacketType.DISCONNECT, goodbye.reason(), goodbye.properties(), version);
      case Auth auth -> words(out, PacketType.AUTH, auth.reason(), auth.properties(), version);
    }
  }

  /**
   * Bytes of a PUBLISH, header included.
   *
   * @param propertyBytes all properties without their length
   */
  public static int publishBytes(
      int topicBytes, int qos, int propertyBytes, int payloadBytes, MqttVersion version) {
    int body = publishBody(topicBytes, qos, propertyBytes, payloadBytes, version);
    return 1 + Wire.varIntLength(body) + body;
  }

  private static int publishBody(
      int topicBytes, int qos, int propertyBytes, int payloadBytes, MqttVersion version) {
    int body = 2 + topicBytes + (qos == 0 ? 0 : 2) + payloadBytes;
    return version.rich() ? body + Wire.varIntLength(propertyBytes) + propertyBytes : body;
  }

  /**
   * Everything of a PUBLISH before its properties' content: fixed header, topic, packet id and the
   * properties' length. The caller appends the properties, then the payload.
   *
   * @param flags DUP (8), QoS (bits 1 and 2), RETAIN (1)
   */
  public static void publishHead(
      ByteBuf out,
      byte[] topic,
      int flags,
      int packetId,
      int propertyBytes,
      int payloadBytes,
      MqttVersion version) {
    int qos = flags >> 1 & 3;
    out.writeByte(PacketType.PUBLISH.number() << 4 | flags);
    Wire.writeVarInt(out, publishBody(topic.length, qos, propertyBytes, payloadBytes, version));
    Wire.writeBinary(out, topic);
    if (qos > 0) out.writeShort(packetId);
    if (version.rich()) Wire.writeVarInt(out, propertyBytes);
  }

  /** Appends a message expiry, 5 bytes. */
  public static void messageExpiry(ByteBuf out, long seconds) {
    out.writeByte(PropertyId.MESSAGE_EXPIRY.number()).writeInt((int) seconds);
  }

  /** Appends a topic alias, 3 bytes. */
  public static void topicAlias(ByteBuf out, int alias) {
    out.writeByte(PropertyId.TOPIC_ALIAS.number()).writeShort(alias);
  }

  /** Appends a subscription id, {@link #subscriptionIdBytes} bytes. */
  public static void subscriptionId(ByteBuf out, int id) {
    out.writeByte(PropertyId.SUBSCRIPTION_ID.number());
    Wire.writeVarInt(out, id);
  }

  public static int subscriptionIdBytes(int id) {
    return 1 + Wire.varIntLength(id);
  }

  private static void publish(ByteBuf out, Publish publish, MqttVersion version) {
    int flags = (publish.dup() ? 8 : 0) | publish.qos() << 1 | (publish.retain() ? 1 : 0);
    publishHead(
        out,
        publish.topic(),
        flags,
        publish.packetId(),
        publish.properties().length(),
        publish.payload().length,
        version);
    if (version.rich()) publish.properties().writeTo(out);
    out.writeBytes(publish.payload());
  }

  private static void ack(ByteBuf out, Ack ack, MqttVersion version) {
    out.writeByte(ack.type().number() << 4 | Math.max(0, ack.type().flags()));
    boolean plain = ack.reason() == ReasonCode.SUCCESS && ack.properties().isEmpty();
    if (!version.rich() || plain) {
      out.writeByte(2).writeShort(ack.packetId());
      return;
    }
    int properties = ack.properties().length();
    boolean short4 = properties == 0;
    Wire.writeVarInt(out, 3 + (short4 ? 0 : Wire.varIntLength(properties) + properties));
    out.writeShort(ack.packetId()).writeByte(ack.reason().code());
    if (!short4) properties(out, ack.properties(), version);
  }

  /** DISCONNECT and AUTH: a reason and properties, or nothing at all. */
  private static void words(
      ByteBuf out, PacketType type, ReasonCode reason, Properties properties, MqttVersion version) {
    out.writeByte(type.number() << 4);
    if (!version.rich() || reason == ReasonCode.SUCCESS && properties.isEmpty()) {
      out.writeByte(0);
      return;
    }
    int length = properties.length();
    Wire.writeVarInt(out, 1 + (length == 0 ? 0 : Wire.varIntLength(length) + length));
    out.writeByte(reason.code());
    if (length > 0) properties(out, properties, version);
  }

  private static void connAck(ByteBuf out, ConnAck ack, MqttVersion version) {
    out.writeByte(PacketType.CONNACK.number() << 4);
    int length = ack.properties().length();
    Wire.writeVarInt(out, 2 + (version.rich() ? Wire.varIntLength(length) + length : 0));
    out.writeByte(ack.sessionPresent() ? 1 : 0);
    out.writeByte(
        version.rich() ? ack.reason().code() : ack.reason().connectReturnCode().orElse(3));
    properties(out, ack.properties(), version);
  }

  private static void subscribe(ByteBuf out, Subscribe subscribe, MqttVersion version) {
    int body = 2 + propertiesBytes(subscribe.properties(), version);
    for (Wish wish : subscribe.wishes()) body += 3 + utf8(wish.filter()).length;
    header(out, PacketType.SUBSCRIBE, body);
    out.writeShort(subscribe.packetId());
    properties(out, subscribe.properties(), version);
    for (Wish wish : subscribe.wishes()) {
      Wire.writeText(out, wish.filter());
      int options = wish.qos();
      if (version.rich()) {
        options |= wish.noLocal() ? 4 : 0;
        options |= wish.retainAsPublished() ? 8 : 0;
        options |= wish.retainHandling() << 4;
      }
      out.writeByte(options);
    }
  }

  private static void subAck(ByteBuf out, SubAck ack, MqttVersion version) {
    header(
        out,
        PacketType.SUBACK,
        2 + propertiesBytes(ack.properties(), version) + ack.reasons().size());
    out.writeShort(ack.packetId());
    properties(out, ack.properties(), version);
    for (ReasonCode reason : ack.reasons()) {
      // Before version 5 there is one word for every failure.
      out.writeByte(version.rich() || !reason.error() ? reason.code() : 0x80);
    }
  }

  private static void unsubscribe(ByteBuf out, Unsubscribe unsubscribe, MqttVersion version) {
    int body = 2 + propertiesBytes(unsubscribe.properties(), version);
    for (String filter : unsubscribe.filters()) body += 2 + utf8(filter).length;
    header(out, PacketType.UNSUBSCRIBE, body);
    out.writeShort(unsubscribe.packetId());
    properties(out, unsubscribe.properties(), version);
    for (String filter : unsubscribe.filters()) Wire.writeText(out, filter);
  }

  private static void unsubAck(ByteBuf out, UnsubAck ack, MqttVersion version) {
    int reasons = version.rich() ? ack.reasons().size() : 0;
    header(out, PacketType.UNSUBACK, 2 + propertiesBytes(ack.properties(), version) + reasons);
    out.writeShort(ack.packetId());
    properties(out, ack.properties(), version);
    if (reasons > 0) for (ReasonCode reason : ack.reasons()) out.writeByte(reason.code());
  }

  private static void connect(ByteBuf out, Connect connect) {
    MqttVersion version = connect.version();
    byte[] name = utf8(version.protocolName());
    byte[] clientId = utf8(connect.clientId());
    byte[] user = utf8(connect.user().orElse(""));
    byte[] password = connect.password();
    int body = 2 + name.length + 4 + propertiesBytes(connect.properties(), version);
    body += 2 + clientId.length;
    int flags = connect.cleanStart() ? 2 : 0;
    if (connect.will().isPresent()) {
      Will will = connect.will().get();
      flags |= 4 | will.qos() << 3 | (will.retain() ? 0x20 : 0);
      body += propertiesBytes(will.properties(), version);
      body += 4 + will.topic().length + will.payload().length;
    }
    if (connect.user().isPresent()) {
      flags |= 0x80;
      body += 2 + user.length;
    }
    if (password != null) {
      flags |= 0x40;
      body += 2 + password.length;
    }
    header(out, PacketType.CONNECT, body);
    Wire.writeBinary(out, name);
    out.writeByte(version.level()).writeByte(flags).writeShort(connect.keepAliveSeconds());
    properties(out, connect.properties(), version);
    Wire.writeBinary(out, clientId);
    connect
        .will()
        .ifPresent(
            will -> {
              properties(out, will.properties(), version);
              Wire.writeBinary(out, will.topic());
              Wire.writeBinary(out, will.payload());
            });
    if (connect.user().isPresent()) Wire.writeBinary(out, user);
    if (password != null) Wire.writeBinary(out, password);
  }

  private static void header(ByteBuf out, PacketType type, int body) {
    out.writeByte(type.number() << 4 | Math.max(0, type.flags()));
    Wire.writeVarInt(out, body);
  }

  private static int propertiesBytes(Properties properties, MqttVersion version) {
    if (!version.rich()) return 0;
    return Wire.varIntLength(properties.length()) + properties.length();
  }

  private static void properties(ByteBuf out, Properties properties, MqttVersion version) {
    if (!version.rich()) return;
    Wire.writeVarInt(out, properties.length());
    properties.writeTo(out);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
