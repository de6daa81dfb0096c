package io.fairlead.mqtt.codec;

import io.fairlead.mqtt.codec.PropertyId.Kind;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one packet, in the order they came. Immutable; the arrays inside are shared
 * with whoever asks and must not be changed.
 */
public final class Properties {
  /** None. */
  public static final Properties EMPTY = new Properties(new PropertyId[0], new Object[0]);

  /** A name and a value; names may repeat. */
  public record UserProperty(String name, String value) {}

  private final PropertyId[] ids;
  private final Object[] values; // Long, String, byte[] or UserProperty, as the kind says
  private final int length;

  private Properties(PropertyId[] ids, Object[] values) {
    this.ids = ids;
    this.values = values;
    int sum = 0;
    for (int i = 0; i < ids.length; i++) sum += 1 + valueLength(ids[i].kind(), values[i]);
    this.length = sum;
  }

  public boolean isEmpty() {
    return ids.length == 0;
  }

  public boolean has(PropertyId id) {
    return find(id) != null;
  }

  /** A number; {@code absent} when it is not there. */
  public long number(PropertyId id, long absent) {
    return find(id) instanceof Long value ? value : absent;
  }

  /** Every number under that id. */
  public long[] numbers(PropertyId id) {
    int count = 0;
    for (PropertyId each : ids) if (each == id) count++;
    long[] found = new long[count];
    int next = 0;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == id) found[next++] = (Long) values[i];
    }
    return found;
  }

  public Optional<String> text(PropertyId id) {
    return find(id) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  public Optional<byte[]> bytes(PropertyId id) {
    return find(id) instanceof byte[] bytes ? Optional.of(bytes) : Optional.empty();
  }

  /** User properties, in their order. */
  public List<UserProperty> user() {
    List<UserProperty> found = new ArrayList<>();
    for (Object value : values) if (value instanceof UserProperty pair) found.add(pair);
    return found;
  }

  /** Those whose id passes. */
  public Properties only(Predicate<PropertyId> passes) {
    if (isEmpty()) return this;
    Builder kept = new Builder();
    for (int i = 0; i < ids.length; i++) if (passes.test(ids[i])) kept.put(ids[i], values[i]);
    return kept.build();
  }

  /** The same and more. */
  public Builder and() {
    Builder builder = new Builder();
    for (int i = 0; i < ids.length; i++) builder.put(ids[i], values[i]);
    return builder;
  }

  /** A new set. */
  public static Builder of() {
    return new Builder();
  }

  /** Bytes of all of them, without the length in front. */
  int length() {
    return length;
  }

  /** As bytes, without the length in front. */
  public byte[] encoded() {
    if (isEmpty()) return new byte[0];
    ByteBuf out = io.netty.buffer.Unpooled.buffer(length, length);
    writeTo(out);
    return out.array();
  }

  /**
   * What {@link #encoded} made of the properties of a message, read again.
   *
   * @throws MqttCodecException it is something else
   */
  public static Properties ofEncoded(byte[] encoded) throws MqttCodecException {
    if (encoded.length == 0) return EMPTY;
    ByteBuf in = io.netty.buffer.Unpooled.buffer(encoded.length + 4);
    Wire.writeVarInt(in, encoded.length);
    in.writeBytes(encoded);
    return new PropertyReader(DecodeLimits.WIDEST, false).read(in, PacketType.PUBLISH.bit());
  }

  void writeTo(ByteBuf out) {
    for (int i = 0; i < ids.length; i++) {
      out.writeByte(ids[i].number());
      Object value = values[i];
      switch (ids[i].kind()) {
        case FLAG -> out.writeByte(((Long) value).intValue());
        case U16 -> out.writeShort(((Long) value).intValue());
        case U32 -> out.writeInt(((Long) value).intValue());
        case VARINT -> Wire.writeVarInt(out, ((Long) value).intValue());
        case TEXT -> Wire.writeText(out, (String) value);
        case BINARY -> Wire.writeBinary(out, (byte[]) value);
        case PAIR -> {
          UserProperty pair = (UserProperty) value;
          Wire.writeText(out, pair.name());
          Wire.writeText(out, pair.value());
        }
      }
    }
  }

  private @Nullable Object find(PropertyId id) {
    for (int i = 0; i < ids.length; i++) if (ids[i] == id) return values[i];
    return null;
  }

  private static int valueLength(Kind kind, Object value) {
    return switch (kind) {
      case FLAG -> 1;
      case U16 -> 2;
      case U32 -> 4;
      case VARINT -> Wire.varIntLength(((Long) value).intValue());
      case TEXT -> 2 + utf8Length((String) value);
      case BINARY -> 2 + ((byte[]) value).length;
      case PAIR -> {
        UserProperty pair = (UserProperty) value;
        yield 4 + utf8Length(pair.name()) + utf8Length(pair.value());
      }
    };
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Properties that
        && Arrays.equals(ids, that.ids)
        && Arrays.deepEquals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.deepHashCode(values);
  }

  /** Names and values, for people. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < ids.length; i++) {
      if (i > 0) text.append(", ");
      text.append(ids[i]).append('=');
      text.append(values[i] instanceof byte[] bytes ? bytes.length + " bytes" : values[i]);
    }
    return text.append('}').toString();
  }

  /** Collects properties in order. One owner. */
  public static final class Builder {
    private final List<PropertyId> ids = new ArrayList<>(4);
    private final List<Object> values = new ArrayList<>(4);

    private Builder() {}

    public Builder with(PropertyId id, long value) {
      return put(id, value);
    }

    /** Text beyond what the wire can say is cut. */
    public Builder with(PropertyId id, String text) {
      return put(id, text.length() * 3 <= Wire.TEXT_BYTES_MAX ? text : text.substring(0, 21_845));
    }

    public Builder with(PropertyId id, byte[] bytes) {
      return put(id, bytes);
    }

    public Builder user(String name, String value) {
      return put(PropertyId.USER_PROPERTY, new UserProperty(name, value));
    }

    Builder put(PropertyId id, Object value) {
      ids.add(id);
      values.add(value);
      return this;
    }

    public Properties build() {
      return ids.isEmpty()
          ? EMPTY
          : new Properties(ids.toArray(PropertyId[]::new), values.toArray());
    }
  }
}
