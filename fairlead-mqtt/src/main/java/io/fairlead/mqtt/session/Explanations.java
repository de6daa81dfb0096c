package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Auth;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.Packet.SubAck;
import io.fairlead.mqtt.codec.Packet.UnsubAck;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Reason strings and user properties of answers: left out where the client does not want them (MQTT
 * 5.0 §3.1.2.11.7) or where the packet would be larger than it can take.
 */
final class Explanations {
  private Explanations() {}

  static Packet fitting(Packet packet, boolean wanted, long bytesMax) {
    Properties properties = of(packet);
    boolean explained =
        properties.has(PropertyId.REASON_STRING) || properties.has(PropertyId.USER_PROPERTY);
    if (!explained) return packet;
    boolean always = packet instanceof ConnAck || packet instanceof Disconnect;
    if (!wanted && !always) return without(packet);
    return bytesMax != Long.MAX_VALUE && bytes(packet) > bytesMax ? without(packet) : packet;
  }

  private static Properties of(Packet packet) {
    return switch (packet) {
      case ConnAck ack -> ack.properties();
      case Ack ack -> ack.properties();
      case SubAck ack -> ack.properties();
      case UnsubAck ack -> ack.properties();
      case Disconnect goodbye -> goodbye.properties();
      case Auth auth -> auth.properties();
      default -> Properties.EMPTY;
    };
  }

  private static Packet without(Packet packet) {
    Properties kept =
        of(packet).only(id -> id != PropertyId.REASON_STRING && id != PropertyId.USER_PROPERTY);
    return switch (packet) {
      case ConnAck ack -> new ConnAck(ack.sessionPresent(), ack.reason(), kept);
      case Ack ack -> new Ack(ack.type(), ack.packetId(), ack.reason(), kept);
      case SubAck ack -> new SubAck(ack.packetId(), ack.reasons(), kept);
      case UnsubAck ack -> new UnsubAck(ack.packetId(), ack.reasons(), kept);
      case Disconnect goodbye -> new Disconnect(goodbye.reason(), kept);
      case Auth auth -> new Auth(auth.reason(), kept);
      default -> packet;
    };
  }

  private static int bytes(Packet packet) {
    ByteBuf out = Unpooled.buffer();
    PacketEncoder.encode(out, packet, MqttVersion.V5);
    return out.readableBytes();
  }
}
