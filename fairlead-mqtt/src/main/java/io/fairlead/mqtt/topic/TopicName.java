package io.fairlead.mqtt.topic;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A topic that messages are published to: levels between slashes, no wildcards. Immutable; equal by
 * its bytes, without any normalisation (MQTT 5.0 §4.7.3).
 */
public final class TopicName implements Comparable<TopicName> {
  private final byte[] bytes;

  private TopicName(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a name.
   *
   * @throws BadTopicException it is none, or beyond {@code limits}
   */
  public static TopicName of(String text, TopicLimits limits) throws BadTopicException {
    if (!Utf8.encodable(text)) throw new BadTopicException(TopicFault.NOT_UTF8);
    return checked(text.getBytes(StandardCharsets.UTF_8), limits);
  }

  /**
   * Reads a name from UTF-8 bytes, which are copied.
   *
   * @throws BadTopicException it is none, or beyond {@code limits}
   */
  public static TopicName of(byte[] bytes, int offset, int length, TopicLimits limits)
      throws BadTopicException {
    if (!Utf8.wellFormed(bytes, offset, offset + length))
      throw new BadTopicException(TopicFault.NOT_UTF8);
    return checked(Arrays.copyOfRange(bytes, offset, offset + length), limits);
  }

  private static TopicName checked(byte[] bytes, TopicLimits limits) throws BadTopicException {
    TopicFault fault = fault(bytes, 0, bytes.length, limits);
    if (fault != null) throw new BadTopicException(fault);
    return new TopicName(bytes);
  }

  /**
   * What is wrong with these bytes as a topic name, without making an object; for the path of every
   * message. Well-formed UTF-8 is taken for granted.
   *
   * @return null when nothing is
   */
  public static @Nullable TopicFault fault(
      byte[] bytes, int offset, int length, TopicLimits limits) {
    if (length == 0) return TopicFault.EMPTY;
    if (length > limits.bytesMax()) return TopicFault.TOO_LONG;
    int levels = 1;
    for (int at = offset; at < offset + length; at++) {
      switch (bytes[at]) {
        case '/' -> levels++;
        case '+', '#' -> {
          return TopicFault.WILDCARD;
        }
        case 0 -> {
          return TopicFault.NUL;
        }
        default -> {}
      }
    }
    return levels > limits.levelsMax() ? TopicFault.TOO_DEEP : null;
  }

  /** Its UTF-8 bytes, a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Length in UTF-8 bytes. */
  public int length() {
    return bytes.length;
  }

  /** Whether it starts with {@code $}: names that wildcards at the first level never match. */
  public boolean startsWithDollar() {
    return bytes[0] == '$';
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TopicName name && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** By bytes; also lets hash maps stay fast when peers choose colliding names. */
  @Override
  public int compareTo(TopicName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
