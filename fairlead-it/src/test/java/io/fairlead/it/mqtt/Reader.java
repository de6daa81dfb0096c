package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what the broker sent, and fails where the standard does not allow it. */
final class Reader {
  private final byte[] bytes;
  private int at;
  private final int end;

  Reader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private Reader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  int remaining() {
    return end - at;
  }

  int u8() {
    assertThat(remaining()).as("bytes left").isPositive();
    return bytes[at++] & 0xFF;
  }

  int u16() {
    return u8() << 8 | u8();
  }

  long u32() {
    return (long) u16() << 16 | u16();
  }

  int varint() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      assertThat(shift).as("length of a variable byte integer").isLessThan(28);
      int b = u8();
      value |= (b & 0x7F) << shift;
      if (b >= 0x80) continue;
      assertThat(b != 0 || shift == 0).as("shortest form").isTrue();
      return value;
    }
  }

  byte[] take(int count) {
    assertThat(remaining()).as("bytes left").isGreaterThanOrEqualTo(count);
    at += count;
    return Arrays.copyOfRange(bytes, at - count, at);
  }

  byte[] bin() {
    return take(u16());
  }

  String str() {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bin())).toString();
      assertThat(text).doesNotContain("\0");
      return text;
    } catch (CharacterCodingException bad) {
      throw new AssertionError("not UTF-8", bad);
    }
  }

  Reader part(int length) {
    assertThat(remaining()).as("bytes left").isGreaterThanOrEqualTo(length);
    Reader part = new Reader(bytes, at, at + length);
    at += length;
    return part;
  }

  byte[] rest() {
    return take(remaining());
  }
}
