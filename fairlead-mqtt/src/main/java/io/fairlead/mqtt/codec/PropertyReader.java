package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.PropertyId.Kind;
import io.netty.buffer.ByteBuf;

/** Reads a property block (§2.2.2) and checks it against the packet it stands in. */
final class PropertyReader {
  private final DecodeLimits limits;
  private final boolean fromServer;

  PropertyReader(DecodeLimits limits, boolean fromServer) {
    this.limits = limits;
    this.fromServer = fromServer;
  }

  /**
   * @param place {@link PacketType#bit} of the packet, or {@link PropertyId#WILL}
   */
  Properties read(ByteBuf in, int place) throws MqttCodecException {
    int length = Wire.readVarInt(in);
    if (length == 0) return Properties.EMPTY;
    if (length > in.readableBytes()) {
      throw MqttCodecException.malformed("properties are longer than the packet");
    }
    ByteBuf block = in.readSlice(length);
    Properties.Builder found = Properties.of();
    long seen = 0;
    int pairs = 0;
    int pairBytes = 0;
    while (block.isReadable()) {
      PropertyId id = PropertyId.of(Wire.readVarInt(block));
      if (id == null) throw MqttCodecException.malformed("unknown property");
      if (!id.allowedIn(place)) throw MqttCodecException.protocol(id + " may not stand here");
      long bit = 1L << id.ordinal();
      boolean again = (seen & bit) != 0;
      seen |= bit;
      if (again && !mayRepeat(id, place)) throw MqttCodecException.protocol(id + " twice");
      int before = block.readerIndex();
      found.put(id, value(block, id));
      if (id.kind() == Kind.PAIR) {
        pairs++;
        pairBytes += block.readerIndex() - before;
        if (pairs > limits.userProperties() || pairBytes > limits.userPropertyBytes()) {
          throw MqttCodecException.beyond(
              MqttLimit.USER_PROPERTIES, ReasonCode.QUOTA_EXCEEDED, "too many user properties");
        }
      }
    }
    return found.build();
  }

  private boolean mayRepeat(PropertyId id, int place) {
    if (id == PropertyId.USER_PROPERTY) return true;
    return id == PropertyId.SUBSCRIPTION_ID && fromServer && place == PacketType.PUBLISH.bit();
  }

  private static Object value(ByteBuf in, PropertyId id) throws MqttCodecException {
    return switch (id.kind()) {
      case FLAG -> flag(in, id);
      case U16 -> u16(in, id);
      case U32 -> u32(in, id);
      case VARINT -> varInt(in, id);
      case TEXT -> Wire.readText(in);
      case BINARY -> Wire.readBinary(in);
      case PAIR -> new Properties.UserProperty(Wire.readText(in), Wire.readText(in));
    };
  }

  private static Long flag(ByteBuf in, PropertyId id) throws MqttCodecException {
    int value = Wire.readByte(in);
    if (value > 1) throw MqttCodecException.protocol(id + " is neither 0 nor 1");
    return (long) value;
  }

  private static Long u16(ByteBuf in, PropertyId id) throws MqttCodecException {
    int value = Wire.readU16(in);
    if (value == 0 && id == PropertyId.RECEIVE_MAXIMUM) {
      throw MqttCodecException.protocol(id + " is 0");
    }
    if (value == 0 && id == PropertyId.TOPIC_ALIAS) {
      throw new MqttCodecException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias 0");
    }
    return (long) value;
  }

  private static Long u32(ByteBuf in, PropertyId id) throws MqttCodecException {
    long value = Wire.readU32(in);
    if (value == 0 && id == PropertyId.MAXIMUM_PACKET_SIZE) {
      throw MqttCodecException.protocol(id + " is 0");
    }
    return value;
  }

  private static Long varInt(ByteBuf in, PropertyId id) throws MqttCodecException {
    int value = Wire.readVarInt(in);
    if (value == 0) throw MqttCodecException.protocol(id + " is 0");
    return (long) value;
  }
}
