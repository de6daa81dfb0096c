package io.fairlead.it.mqtt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Bytes put one behind the other, right or wrong. */
final class Bytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] concat(byte[]... parts) {
    Bytes all = new Bytes();
    for (byte[] part : parts) all.raw(part);
    return all.toArray();
  }

  Bytes u8(int value) {
    out.write(value);
    return this;
  }

  Bytes u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  Bytes u32(long value) {
    return u16((int) (value >>> 16)).u16((int) value);
  }

  Bytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Bytes bin(byte[] bytes) {
    return u16(bytes.length).raw(bytes);
  }

  Bytes str(String text) {
    return bin(utf8(text));
  }

  Bytes varint(int value) {
    int rest = value;
    do {
      int low = rest & 0x7F;
      rest >>>= 7;
      u8(rest == 0 ? low : low | 0x80);
    } while (rest != 0);
    return this;
  }

  byte[] toArray() {
    return out.toByteArray();
  }

  /** A packet with these bytes as its body. */
  byte[] packet(int first) {
    byte[] body = toArray();
    return new Bytes().u8(first).varint(body.length).raw(body).toArray();
  }
}
