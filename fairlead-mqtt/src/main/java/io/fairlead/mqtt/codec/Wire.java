package io.fairlead.mqtt.codec;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The data types of MQTT 5.0 §1.5, read with every check and written without. */
final class Wire {
  static final int VARINT_MAX = 268_435_455;
  static final int TEXT_BYTES_MAX = 65_535;

  private Wire() {}

  static int readByte(ByteBuf in) throws MqttCodecException {
    need(in, 1);
    return in.readUnsignedByte();
  }

  static int readU16(ByteBuf in) throws MqttCodecException {
    need(in, 2);
    return in.readUnsignedShort();
  }

  static long readU32(ByteBuf in) throws MqttCodecException {
    need(in, 4);
    return in.readUnsignedInt();
  }

  /**
   * A variable byte integer (§1.5.5), whole.
   *
   * @throws MqttCodecException it is cut off, longer than four bytes or longer than needed
   */
  static int readVarInt(ByteBuf in) throws MqttCodecException {
    int value = 0;
    for (int shift = 0; shift <= 21; shift += 7) {
      int next = readByte(in);
      value |= (next & 0x7f) << shift;
      if ((next & 0x80) == 0) {
        if (next == 0 && shift > 0) throw MqttCodecException.malformed("length has idle bytes");
        return value;
      }
    }
    throw MqttCodecException.malformed("length is longer than four bytes");
  }

  static byte[] readBinary(ByteBuf in) throws MqttCodecException {
    int length = readU16(in);
    need(in, length);
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return bytes;
  }

  /** The bytes of a checked UTF-8 text (§1.5.4). */
  static byte[] readTextBytes(ByteBuf in) throws MqttCodecException {
    byte[] bytes = readBinary(in);
    if (!Utf8.valid(bytes)) throw MqttCodecException.malformed("text is not valid UTF-8");
    return bytes;
  }

  static String readText(ByteBuf in) throws MqttCodecException {
    return new String(readTextBytes(in), StandardCharsets.UTF_8);
  }

  static void need(ByteBuf in, int bytes) throws MqttCodecException {
    if (in.readableBytes() < bytes) throw MqttCodecException.malformed("packet ends too early");
  }

  static int varIntLength(int value) {
    if (value < 128) return 1;
    if (value < 16_384) return 2;
    return value < 2_097_152 ? 3 : 4;
  }

  static void writeVarInt(ByteBuf out, int value) {
    int rest = value;
    while (rest > 127) {
      out.writeByte(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  static void writeBinary(ByteBuf out, byte[] bytes) {
    out.writeShort(bytes.length).writeBytes(bytes);
  }

  static void writeText(ByteBuf out, String text) {
    writeBinary(out, text.getBytes(StandardCharsets.UTF_8));
  }
}
