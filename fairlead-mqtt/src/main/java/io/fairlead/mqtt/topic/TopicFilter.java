package io.fairlead.mqtt.topic;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription asks for: levels, of which {@code +} stands for any one and a last {@code #}
 * for all that follow, their parent included. {@code $share/group/filter} shares the messages of
 * {@code filter} between the members of {@code group}; matching then means the part behind the
 * group.
 *
 * <p>Immutable; equal by its bytes, so that {@code a} and {@code $share/g/a} differ.
 *
 * @see <a href="https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901241">MQTT
 *     5.0 §4.7, §4.8.2</a>
 */
public final class TopicFilter implements Comparable<TopicFilter> {
  private static final byte[] SHARE = "$share/".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;
  private final int[] starts; // of each level, and where one more would start
  private final @Nullable String group;

  private TopicFilter(byte[] bytes, int[] starts, @Nullable String group) {
    this.bytes = bytes;
    this.starts = starts;
    this.group = group;
  }

  /**
   * Reads a filter.
   *
   * @throws BadTopicException it is none, or beyond {@code limits}
   */
  public static TopicFilter of(String text, TopicLimits limits) throws BadTopicException {
    if (!Utf8.encodable(text)) throw new BadTopicException(TopicFault.NOT_UTF8);
    return parse(text.getBytes(StandardCharsets.UTF_8), limits);
  }

  /**
   * Reads a filter from UTF-8 bytes, which are copied.
   *
   * @throws BadTopicException it is none, or beyond {@code limits}
   */
  public static TopicFilter of(byte[] bytes, int offset, int length, TopicLimits limits)
      throws BadTopicException {
    if (!Utf8.wellFormed(bytes, offset, offset + length))
      throw new BadTopicException(TopicFault.NOT_UTF8);
    return parse(Arrays.copyOfRange(bytes, offset, offset + length), limits);
  }

  private static TopicFilter parse(byte[] bytes, TopicLimits limits) throws BadTopicException {
    if (bytes.length == 0) throw new BadTopicException(TopicFault.EMPTY);
    if (bytes.length > limits.bytesMax()) throw new BadTopicException(TopicFault.TOO_LONG);
    for (byte b : bytes) {
      if (b == 0) throw new BadTopicException(TopicFault.NUL);
    }
    int from = filterStart(bytes);
    String group =
        from == 0
            ? null
            : new String(bytes, SHARE.length, from - 1 - SHARE.length, StandardCharsets.UTF_8);
    int[] starts = levelStarts(bytes, from, limits.levelsMax());
    TopicFilter filter = new TopicFilter(bytes, starts, group);
    filter.checkWildcards(limits.wildcardsMax());
    return filter;
  }

  /** Where the filter proper begins: 0, or behind {@code $share/group/}. */
  private static int filterStart(byte[] bytes) throws BadTopicException {
    // "$share" alone is an ordinary name, as the standard only speaks of "$share/".
    if (bytes.length < SHARE.length
        || Arrays.mismatch(bytes, 0, SHARE.length, SHARE, 0, SHARE.length) >= 0) return 0;
    int at = SHARE.length;
    while (at < bytes.length && bytes[at] != '/') {
      if (bytes[at] == '+' || bytes[at] == '#') throw new BadTopicException(TopicFault.SHARE_NAME);
      at++;
    }
    if (at == SHARE.length) throw new BadTopicException(TopicFault.SHARE_WITHOUT_NAME);
    if (at + 1 >= bytes.length) throw new BadTopicException(TopicFault.SHARE_WITHOUT_FILTER);
    return at + 1;
  }

  private static int[] levelStarts(byte[] bytes, int from, int levelsMax) throws BadTopicException {
    int levels = 1;
    for (int at = from; at < bytes.length; at++) if (bytes[at] == '/') levels++;
    if (levels > levelsMax) throw new BadTopicException(TopicFault.TOO_DEEP);
    int[] starts = new int[levels + 1];
    int level = 0;
    starts[0] = from;
    for (int at = from; at < bytes.length; at++) if (bytes[at] == '/') starts[++level] = at + 1;
    starts[levels] = bytes.length + 1;
    return starts;
  }

  private void checkWildcards(int wildcardsMax) throws BadTopicException {
    int wildcards = 0;
    for (int level = 0; level < levels(); level++) {
      int length = end(level) - start(level);
      for (int at = start(level); at < end(level); at++) {
        if (bytes[at] != '+' && bytes[at] != '#') continue;
        wildcards++;
        if (bytes[at] == '+' && length != 1) throw new BadTopicException(TopicFault.PLUS_NOT_ALONE);
        if (bytes[at] == '#' && (length != 1 || level != levels() - 1))
          throw new BadTopicException(TopicFault.HASH_NOT_LAST);
      }
    }
    if (wildcards > wildcardsMax) throw new BadTopicException(TopicFault.TOO_MANY_WILDCARDS);
  }

  /** The name of the shared group, if it is shared. */
  public Optional<String> group() {
    return Optional.ofNullable(group);
  }

  /** Whether it is {@code $share/…}. */
  public boolean shared() {
    return group != null;
  }

  /** Whether it holds a {@code +} or {@code #}. */
  public boolean hasWildcard() {
    for (int level = 0; level < levels(); level++) {
      if (isPlus(level) || isHash(level)) return true;
    }
    return false;
  }

  /** Whether its first level is a name that starts with {@code $}. */
  public boolean startsWithDollar() {
    return start(0) < bytes.length && bytes[start(0)] == '$';
  }

  /** Whether a message published to {@code name} is meant. */
  public boolean matches(TopicName name) {
    return matches(name.bytes(), 0, name.length());
  }

  /** Whether a message published to this topic, in UTF-8 bytes, is meant. */
  public boolean matches(byte[] topic, int offset, int length) {
    int end = offset + length;
    boolean hidden = length > 0 && topic[offset] == '$';
    int at = offset; // start of the topic's current level; end + 1 when it has no more
    for (int level = 0; level < levels(); level++) {
      boolean wild = isPlus(level) || isHash(level);
      if (wild && level == 0 && hidden) return false;
      if (isHash(level)) return true;
      if (at > end) return false;
      int slash = at;
      while (slash < end && topic[slash] != '/') slash++;
      if (!wild && !Arrays.equals(bytes, start(level), end(level), topic, at, slash)) return false;
      at = slash + 1;
    }
    return at > end;
  }

  /** Whether every topic that {@code other} means is meant by this one too; groups play no part. */
  public boolean covers(TopicFilter other) {
    for (int level = 0; level < levels(); level++) {
      boolean wild = isPlus(level) || isHash(level);
      if (wild && level == 0 && other.startsWithDollar()) return false;
      if (isHash(level)) return true;
      if (level >= other.levels() || other.isHash(level)) return false;
      if (isPlus(level)) continue;
      if (other.isPlus(level) || !sameLevel(other, level)) return false;
    }
    return levels() == other.levels();
  }

  /** Whether some topic is meant by both; groups play no part. */
  public boolean intersects(TopicFilter other) {
    for (int level = 0; ; level++) {
      boolean mine = level < levels();
      boolean theirs = level < other.levels();
      if (!mine && !theirs) return true;
      if (level == 0) {
        boolean wild = isPlus(0) || isHash(0);
        boolean otherWild = other.isPlus(0) || other.isHash(0);
        if (wild && other.startsWithDollar() || otherWild && startsWithDollar()) return false;
      }
      if (mine && isHash(level) || theirs && other.isHash(level)) return true;
      if (!mine || !theirs) return false;
      if (isPlus(level) || other.isPlus(level)) continue;
      if (!sameLevel(other, level)) return false;
    }
  }

  private boolean sameLevel(TopicFilter other, int level) {
    return Arrays.equals(
        bytes, start(level), end(level), other.bytes, other.start(level), other.end(level));
  }

  /** Its UTF-8 bytes as the client sent them, a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  byte[] bytes() {
    return bytes;
  }

  int levels() {
    return starts.length - 1;
  }

  int start(int level) {
    return starts[level];
  }

  int end(int level) {
    return starts[level + 1] - 1;
  }

  boolean isPlus(int level) {
    return end(level) - start(level) == 1 && bytes[start(level)] == '+';
  }

  boolean isHash(int level) {
    return end(level) - start(level) == 1 && bytes[start(level)] == '#';
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TopicFilter filter && Arrays.equals(bytes, filter.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** By bytes; also lets hash maps stay fast when peers choose colliding filters. */
  @Override
  public int compareTo(TopicFilter other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
