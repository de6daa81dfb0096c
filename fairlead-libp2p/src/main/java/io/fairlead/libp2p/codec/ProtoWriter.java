package io.fairlead.libp2p.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes one protobuf message. The caller gives the fields in the order of their numbers; every
 * field named is written, also with a value of zero. Belongs to one thread.
 */
public final class ProtoWriter {
  private byte[] bytes = new byte[128];
  private int size;

  /** An unsigned number, or an enum. */
  public ProtoWriter uint(int field, long value) {
    tag(field, 0);
    varint(value);
    return this;
  }

  /** Eight bytes, little-endian. */
  public ProtoWriter fixed64(int field, long value) {
    tag(field, 1);
    room(8);
    for (int i = 0; i < 8; i++) bytes[size++] = (byte) (value >>> (8 * i));
    return this;
  }

  /** Bytes, or a message of its own. */
  public ProtoWriter bytes(int field, byte[] value) {
    tag(field, 2);
    varint(value.length);
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** Text. */
  public ProtoWriter string(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** What was written; a copy. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  private void varint(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
