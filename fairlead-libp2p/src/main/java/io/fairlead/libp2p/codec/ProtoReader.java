package io.fairlead.libp2p.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks the fields of one protobuf message. Call {@link #next}, look at {@link #field}, then take
 * the value with exactly one of the methods below or {@link #skip}. Belongs to one thread.
 *
 * <p>Groups are refused, as are field numbers of 0 and values of another wire type than asked for.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, encoding</a>
 */
public final class ProtoReader {
  private static final int WIRE_VARINT = 0;
  private static final int WIRE_FIXED64 = 1;
  private static final int WIRE_BYTES = 2;
  private static final int WIRE_FIXED32 = 5;
  private static final int VARINT_BYTES_MAX = 10; // of a negative number

  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int wire;

  /** A reader over a whole message; borrows the array. */
  public ProtoReader(byte[] message) {
    this.bytes = message;
    this.end = message.length;
  }

  /**
   * Moves to the next field.
   *
   * @return false at the end of the message
   */
  public boolean next() throws MalformedException {
    if (at == end) return false;
    long tag = varint();
    long number = tag >>> 3;
    if (number < 1 || number > 536_870_911) {
      throw new MalformedException("field number: " + number + " (expected: 1 - 2^29-1)");
    }
    field = (int) number;
    wire = (int) tag & 7;
    return true;
  }

  /** Number of the current field. */
  public int field() {
    return field;
  }

  /** An unsigned number of 64 bits. */
  public long uint64() throws MalformedException {
    expect(WIRE_VARINT);
    return varint();
  }

  /** An unsigned number of 32 bits; higher bits are dropped, as protobuf says. */
  public long uint32() throws MalformedException {
    return uint64() & 0xffff_ffffL;
  }

  /** An enum or a small number; one that does not fit is malformed. */
  public int number() throws MalformedException {
    long value = uint64();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new MalformedException("field " + field + ": out of range");
    }
    return (int) value;
  }

  /** Eight bytes, little-endian. */
  public long fixed64() throws MalformedException {
    expect(WIRE_FIXED64);
    need(8);
    long value = 0;
    for (int i = 0; i < 8; i++) value |= (bytes[at + i] & 0xffL) << (8 * i);
    at += 8;
    return value;
  }

  /** Bytes, or a message of its own; a copy. */
  public byte[] bytes() throws MalformedException {
    int length = length();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  /** UTF-8 text; anything else is malformed. */
  public String string() throws MalformedException {
    int length = length();
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length)).toString();
      at += length;
      return text;
    } catch (CharacterCodingException notText) {
      throw new MalformedException("field " + field + ": not UTF-8");
    }
  }

  /** Passes over the current value, whatever it is. */
  public void skip() throws MalformedException {
    switch (wire) {
      case WIRE_VARINT -> varint();
      case WIRE_FIXED64 -> pass(8);
      case WIRE_BYTES -> pass(length());
      case WIRE_FIXED32 -> pass(4);
      default -> throw new MalformedException("field " + field + ": wire type " + wire);
    }
  }

  private int length() throws MalformedException {
    expect(WIRE_BYTES);
    long length = varint();
    if (length < 0 || length > end - at) {
      throw new MalformedException(
          "field " + field + ": " + length + " bytes (expected: <= " + (end - at) + ")");
    }
    return (int) length;
  }

  private void expect(int type) throws MalformedException {
    if (wire != type) {
      throw new MalformedException(
          "field " + field + ": wire type " + wire + " (expected: " + type + ")");
    }
  }

  private void pass(int count) throws MalformedException {
    need(count);
    at += count;
  }

  private void need(int count) throws MalformedException {
    if (end - at < count) throw new MalformedException("field " + field + ": cut off");
  }

  /** Unlike {@link Varint}: ten bytes, and more of them than needed are no fault. */
  private long varint() throws MalformedException {
    long value = 0;
    for (int i = 0; i < VARINT_BYTES_MAX; i++) {
      if (at == end) throw new MalformedException("varint: cut off");
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) return value;
    }
    throw new MalformedException("varint: longer than " + VARINT_BYTES_MAX + " bytes");
  }
}
