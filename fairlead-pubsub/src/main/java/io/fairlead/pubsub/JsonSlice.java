package io.fairlead.pubsub;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A range of UTF-8 bytes that holds one JSON value. Immutable; it owns its bytes, no pooled buffer
 * is behind it. What was not decoded was not validated either.
 */
public final class JsonSlice {
  /** The JSON value {@code null}. */
  public static final JsonSlice NULL = of("null");

  private final byte[] bytes;
  private final int offset;
  private final int length;

  private JsonSlice(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  /** Of a text that holds one JSON value. */
  public static JsonSlice of(String json) {
    byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
    return new JsonSlice(utf8, 0, utf8.length);
  }

  /**
   * Without copying.
   *
   * @param bytes must not be changed any more
   */
  public static JsonSlice wrap(byte[] bytes, int offset, int length) {
    if (offset < 0 || length < 0 || offset > bytes.length - length)
      throw new IllegalArgumentException(
          "range: " + offset + "+" + length + " (expected: within " + bytes.length + ")");
    return new JsonSlice(bytes, offset, length);
  }

  /** Bytes in all. */
  public int length() {
    return length;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /** The byte at a position of this slice. */
  public byte at(int index) {
    if (index < 0 || index >= length) throw new IndexOutOfBoundsException(index);
    return bytes[offset + index];
  }

  /** Appends the bytes. */
  public void writeTo(ByteBuf out) {
    out.writeBytes(bytes, offset, length);
  }

  /** Whether it is the value {@code null}. */
  public boolean isNull() {
    return length == 4
        && bytes[offset] == 'n'
        && bytes[offset + 1] == 'u'
        && bytes[offset + 2] == 'l'
        && bytes[offset + 3] == 'l';
  }

  /**
   * Decodes it in the calling thread.
   *
   * @throws PubSubException.DecodeError it does not fit
   */
  public <T> T decode(Decoder<T> decoder) {
    try {
      return decoder.decode(this);
    } catch (PubSubException own) {
      throw own;
    } catch (RuntimeException misfit) {
      throw new PubSubException.DecodeError(this, "", misfit);
    }
  }

  /** The bytes behind it, for parsers: from {@link #offset}, {@link #length} of them. */
  byte[] array() {
    return bytes;
  }

  int offset() {
    return offset;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonSlice slice
        && Arrays.equals(
            bytes, offset, offset + length, slice.bytes, slice.offset, slice.offset + slice.length);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + length; i++) hash = 31 * hash + bytes[i];
    return hash;
  }

  /** The JSON text. */
  @Override
  public String toString() {
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }
}
