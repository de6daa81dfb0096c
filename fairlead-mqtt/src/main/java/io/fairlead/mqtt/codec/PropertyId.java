package io.fairlead.mqtt.codec;

import static io.fairlead.mqtt.codec.PacketType.AUTH;
import static io.fairlead.mqtt.codec.PacketType.CONNACK;
import static io.fairlead.mqtt.codec.PacketType.CONNECT;
import static io.fairlead.mqtt.codec.PacketType.DISCONNECT;
import static io.fairlead.mqtt.codec.PacketType.PUBACK;
import static io.fairlead.mqtt.codec.PacketType.PUBCOMP;
import static io.fairlead.mqtt.codec.PacketType.PUBLISH;
import static io.fairlead.mqtt.codec.PacketType.PUBREC;
import static io.fairlead.mqtt.codec.PacketType.PUBREL;
import static io.fairlead.mqtt.codec.PacketType.SUBACK;
import static io.fairlead.mqtt.codec.PacketType.SUBSCRIBE;
import static io.fairlead.mqtt.codec.PacketType.UNSUBACK;
import static io.fairlead.mqtt.codec.PacketType.UNSUBSCRIBE;

import org.jspecify.annotations.Nullable;

/** Properties of MQTT 5.0 (§2.2.2.2): identifier, type and the packets that may carry them. */
public enum PropertyId {
  PAYLOAD_FORMAT(0x01, Kind.FLAG, PropertyId.WILL | PUBLISH.bit()),
  MESSAGE_EXPIRY(0x02, Kind.U32, PropertyId.WILL | PUBLISH.bit()),
  CONTENT_TYPE(0x03, Kind.TEXT, PropertyId.WILL | PUBLISH.bit()),
  RESPONSE_TOPIC(0x08, Kind.TEXT, PropertyId.WILL | PUBLISH.bit()),
  CORRELATION_DATA(0x09, Kind.BINARY, PropertyId.WILL | PUBLISH.bit()),
  SUBSCRIPTION_ID(0x0B, Kind.VARINT, PUBLISH.bit() | SUBSCRIBE.bit()),
  SESSION_EXPIRY(0x11, Kind.U32, CONNECT.bit() | CONNACK.bit() | DISCONNECT.bit()),
  ASSIGNED_CLIENT_ID(0x12, Kind.TEXT, CONNACK.bit()),
  SERVER_KEEP_ALIVE(0x13, Kind.U16, CONNACK.bit()),
  AUTH_METHOD(0x15, Kind.TEXT, CONNECT.bit() | CONNACK.bit() | AUTH.bit()),
  AUTH_DATA(0x16, Kind.BINARY, CONNECT.bit() | CONNACK.bit() | AUTH.bit()),
  REQUEST_PROBLEM_INFO(0x17, Kind.FLAG, CONNECT.bit()),
  WILL_DELAY(0x18, Kind.U32, PropertyId.WILL),
  REQUEST_RESPONSE_INFO(0x19, Kind.FLAG, CONNECT.bit()),
  RESPONSE_INFO(0x1A, Kind.TEXT, CONNACK.bit()),
  SERVER_REFERENCE(0x1C, Kind.TEXT, CONNACK.bit() | DISCONNECT.bit()),
  REASON_STRING(
      0x1F,
      Kind.TEXT,
      CONNACK.bit()
          | PUBACK.bit()
          | PUBREC.bit()
          | PUBREL.bit()
          | PUBCOMP.bit()
          | SUBACK.bit()
          | UNSUBACK.bit()
          | DISCONNECT.bit()
          | AUTH.bit()),
  RECEIVE_MAXIMUM(0x21, Kind.U16, CONNECT.bit() | CONNACK.bit()),
  TOPIC_ALIAS_MAXIMUM(0x22, Kind.U16, CONNECT.bit() | CONNACK.bit()),
  TOPIC_ALIAS(0x23, Kind.U16, PUBLISH.bit()),
  MAXIMUM_QOS(0x24, Kind.FLAG, CONNACK.bit()),
  RETAIN_AVAILABLE(0x25, Kind.FLAG, CONNACK.bit()),
  USER_PROPERTY(
      0x26,
      Kind.PAIR,
      PropertyId.WILL
          | CONNECT.bit()
          | CONNACK.bit()
          | PUBLISH.bit()
          | PUBACK.bit()
          | PUBREC.bit()
          | PUBREL.bit()
          | PUBCOMP.bit()
          | SUBSCRIBE.bit()
          | SUBACK.bit()
          | UNSUBSCRIBE.bit()
          | UNSUBACK.bit()
          | DISCONNECT.bit()
          | AUTH.bit()),
  MAXIMUM_PACKET_SIZE(0x27, Kind.U32, CONNECT.bit() | CONNACK.bit()),
  WILDCARD_AVAILABLE(0x28, Kind.FLAG, CONNACK.bit()),
  SUBSCRIPTION_ID_AVAILABLE(0x29, Kind.FLAG, CONNACK.bit()),
  SHARED_AVAILABLE(0x2A, Kind.FLAG, CONNACK.bit());

  /** The bit of the will properties in a set of packet types. */
  static final int WILL = 1;

  private static final @Nullable PropertyId[] BY_NUMBER = new @Nullable PropertyId[0x2B];

  static {
    for (PropertyId each : values()) BY_NUMBER[each.number] = each;
  }

  /** How the value is written; {@code FLAG} is a byte that is 0 or 1. */
  enum Kind {
    FLAG,
    U16,
    U32,
    VARINT,
    TEXT,
    BINARY,
    PAIR
  }

  private final int number;
  private final Kind kind;
  private final int packets;

  PropertyId(int number, Kind kind, int packets) {
    this.number = number;
    this.kind = kind;
    this.packets = packets;
  }

  int number() {
    return number;
  }

  Kind kind() {
    return kind;
  }

  /**
   * @param place {@link PacketType#bit} of a packet, or {@link #WILL}
   */
  boolean allowedIn(int place) {
    return (packets & place) != 0;
  }

  static @Nullable PropertyId of(int number) {
    return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
