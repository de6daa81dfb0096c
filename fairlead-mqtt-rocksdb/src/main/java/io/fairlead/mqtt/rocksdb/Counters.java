package io.fairlead.mqtt.rocksdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers that only grow, over restarts too: written with every group. Thread-safe, but for the
 * group.
 */
final class Counters {
  static final byte[] KEY = "counters".getBytes(StandardCharsets.UTF_8);

  static final int BYTES = 24;

  private final AtomicLong sessions = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private long group; // the writing thread's

  void restore(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    group = in.getLong();
    sessions.set(in.getLong());
    messages.set(in.getLong());
  }

  /** Numbers up to these were given. */
  void atLeast(long session, long message) {
    sessions.accumulateAndGet(session, Math::max);
    messages.accumulateAndGet(message, Math::max);
  }

  byte[] row() {
    return ByteBuffer.allocate(BYTES)
        .putLong(group)
        .putLong(sessions.get())
        .putLong(messages.get())
        .array();
  }

  long nextSession() {
    return sessions.incrementAndGet();
  }

  long nextMessage() {
    return messages.incrementAndGet();
  }

  long nextGroup() {
    return ++group;
  }

  long group() {
    return group;
  }
}
