package io.fairlead.mqtt.session;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Topics a client has given numbers. At most 64 KiB of them. Home thread only. */
final class InboundAliases {
  private static final int BYTES_MAX = 64 * 1024;

  private final List<byte @Nullable []> topics; // grows to the highest number used
  private final int max;
  private int bytes;

  InboundAliases(int max) {
    this.max = max;
    this.topics = new ArrayList<>();
  }

  /** Whether such a number may be used. */
  boolean valid(long alias) {
    return alias >= 1 && alias <= max;
  }

  /** The topic of a number, if it has one. */
  byte @Nullable [] topic(int alias) {
    return alias < topics.size() ? topics.get(alias) : null;
  }

  /**
   * Gives a number to a topic.
   *
   * @return false when that would be too much to remember
   */
  boolean name(int alias, byte[] topic) {
    while (topics.size() <= alias) topics.add(null);
    byte[] before = topics.get(alias);
    if (before == topic) return true;
    int next = bytes + topic.length - (before == null ? 0 : before.length);
    if (next > BYTES_MAX) return false;
    bytes = next;
    topics.set(alias, topic);
    return true;
  }
}
