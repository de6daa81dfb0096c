package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Auth;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.Packet.Disconnect;
import io.fairlead.mqtt.codec.Packet.SubAck;
import io.fairlead.mqtt.codec.Packet.UnsubAck;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Answers as one client takes them. Reason strings and user properties are left out where it does
 * not want them (MQTT 5.0 §3.1.2.11.7), and where the packet would be larger than it takes
 * (§3.1.2.11.4), together with what it can do without: topics by number, where answers may go,
 * another server's name. Stateless.
 */
public final class Explanations {
  /** An acknowledgement with its reason and no properties, the largest packet without a list. */
  private static final int PLAIN_MAX = 5;

  private static final Set<PropertyId> EXPLAINING =
      EnumSet.of(PropertyId.REASON_STRING, PropertyId.USER_PROPERTY);
  private static final Set<PropertyId> DISPENSABLE =
      EnumSet.of(
          PropertyId.REASON_STRING,
          PropertyId.USER_PROPERTY,
          PropertyId.RESPONSE_INFO,
          PropertyId.SERVER_REFERENCE,
          PropertyId.TOPIC_ALIAS_MAXIMUM);

  private Explanations() {}

  /**
   * As that client takes it.
   *
   * @return empty: it does not, whatever is left out
   */
  public static Optional<Packet> fitting(Packet packet, Connect of) {
    if (!of.version().rich()) return Optional.of(packet);
    Properties wishes = of.properties();
    return fitting(
        packet,
        wishes.number(PropertyId.REQUEST_PROBLEM_INFO, 1) == 1,
        wishes.number(PropertyId.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE));
  }

  static Optional<Packet> fitting(Packet packet, boolean wanted, long bytesMax) {
    Properties properties = of(packet);
    boolean explained =
        properties.has(PropertyId.REASON_STRING) || properties.has(PropertyId.USER_PROPERTY);
    boolean always = packet instanceof ConnAck || packet instanceof Disconnect;
    Packet said = explained && !wanted && !always ? without(packet, EXPLAINING) : packet;
    if (fits(said, bytesMax)) return Optional.of(said);
    if (explained) said = without(said, EXPLAINING);
    if (!fits(said, bytesMax)) said = without(said, DISPENSABLE);
    return fits(said, bytesMax) ? Optional.of(said) : Optional.empty();
  }

  private static boolean fits(Packet packet, long bytesMax) {
    if (bytesMax == Long.MAX_VALUE) return true;
    boolean list = packet instanceof SubAck || packet instanceof UnsubAck;
    if (bytesMax >= PLAIN_MAX && !list && of(packet).isEmpty()) return true;
    return bytes(packet) <= bytesMax;
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

  private static Packet without(Packet packet, Set<PropertyId> these) {
    Properties kept = of(packet).only(id -> !these.contains(id));
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
