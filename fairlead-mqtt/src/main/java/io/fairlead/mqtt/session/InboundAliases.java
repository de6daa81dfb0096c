package io.fairlead.mqtt.session;

import org.jspecify.annotations.Nullable;

/** Topics a client has given numbers. At most 64 KiB of them. Home thread only. */
final class InboundAliases {
  private static final int BYTES_MAX = 64 * 1024;

  private final byte @Nullable [][] topics;
  private int bytes;

  InboundAliases(int max) {
    this.topics = new byte[max + 1][];
  }

  /** Whether such a number may be used. */
  boolean valid(long alias) {
    return alias >= 1 && alias < topics.length;
  }

  /** The topic of a number, if it has one. */
  byte @Nullable [] topic(int alias) {
    return topics[alias];
  }

  /**
   * Gives a number to a topic.
   *
   * @return false when that would be too much to remember
   */
  boolean name(int alias, byte[] topic) {
    byte[] before = topics[alias];
    if (before == topic) return true;
    int next = bytes + topic.length - (before == null ? 0 : before.length);
    if (next > BYTES_MAX) return false;
    bytes = next;
    topics[alias] = topic;
    return true;
  }
}
