package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.Packet.Will;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** Decodes CONNECT (MQTT 5.0 §3.1), whose own fields say which version it is. */
final class ConnectReader {
  private static final int CLEAN = 0x02;
  private static final int WILL = 0x04;
  private static final int WILL_RETAIN = 0x20;
  private static final int PASSWORD = 0x40;
  private static final int USER = 0x80;

  private ConnectReader() {}

  static Connect read(ByteBuf in, PropertyReader properties) throws MqttCodecException {
    String name = Wire.readText(in);
    int level = Wire.readByte(in);
    Optional<MqttVersion> known = MqttVersion.of(name, level);
    if (known.isEmpty()) {
      throw new MqttCodecException(
              ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "neither MQTT 3.1, 3.1.1 nor 5.0")
          // 3.1.1 demands its own form for every level that is not known; who says 5 under
          // another name understands the form of 5.0.
          .in(level == MqttVersion.V5.level() ? MqttVersion.V5 : MqttVersion.V3_1_1);
    }
    try {
      return read(in, known.get(), properties);
    } catch (MqttCodecException bad) {
      throw bad.in(known.get());
    }
  }

  private static Connect read(ByteBuf in, MqttVersion version, PropertyReader properties)
      throws MqttCodecException {
    int flags = Wire.readByte(in);
    checkFlags(flags, version);
    int keepAlive = Wire.readU16(in);
    Properties found =
        version.rich() ? properties.read(in, PacketType.CONNECT.bit()) : Properties.EMPTY;
    if (found.has(PropertyId.AUTH_DATA) && !found.has(PropertyId.AUTH_METHOD)) {
      throw MqttCodecException.protocol("authentication data without a method");
    }
    String clientId = Wire.readText(in);
    Optional<Will> will =
        (flags & WILL) == 0 ? Optional.empty() : Optional.of(will(in, flags, version, properties));
    Optional<String> user = (flags & USER) == 0 ? Optional.empty() : Optional.of(Wire.readText(in));
    byte[] password = (flags & PASSWORD) == 0 ? null : Wire.readBinary(in);
    return new Connect(
        version, (flags & CLEAN) != 0, keepAlive, clientId, will, user, password, found);
  }

  private static void checkFlags(int flags, MqttVersion version) throws MqttCodecException {
    if ((flags & 1) != 0) throw MqttCodecException.malformed("reserved CONNECT flag");
    int willQos = flags >> 3 & 3;
    boolean will = (flags & WILL) != 0;
    if (willQos == 3 || !will && (willQos != 0 || (flags & WILL_RETAIN) != 0)) {
      throw MqttCodecException.malformed("will flags");
    }
    if (!version.rich() && (flags & PASSWORD) != 0 && (flags & USER) == 0) {
      throw MqttCodecException.malformed("password without user name");
    }
  }

  private static Will will(ByteBuf in, int flags, MqttVersion version, PropertyReader properties)
      throws MqttCodecException {
    Properties found = version.rich() ? properties.read(in, PropertyId.WILL) : Properties.EMPTY;
    byte[] topic = Wire.readTextBytes(in);
    byte[] payload = Wire.readBinary(in);
    return new Will(topic, payload, flags >> 3 & 3, (flags & WILL_RETAIN) != 0, found);
  }
}
