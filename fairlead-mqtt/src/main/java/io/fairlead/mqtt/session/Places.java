package io.fairlead.mqtt.session;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Room in one session's queue: what stands in it, and what was promised to messages on their way.
 * Counted by any thread that routes a message, exactly: of many that ask at once, no more are
 * promised a place than there are.
 */
final class Places {
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private int standing; // the home thread's, as is the next
  private long standingBytes;

  /** Promises a place; false: there is none. Any thread. */
  boolean promise(int size, int messagesMax, long bytesMax) {
    if (messages.incrementAndGet() <= messagesMax) {
      if (bytes.addAndGet(size) <= bytesMax) return true;
      bytes.addAndGet(-size);
    }
    messages.decrementAndGet();
    return false;
  }

  /** The message is there, whatever became of it, or will not come. Any thread. */
  void release(int size) {
    messages.decrementAndGet();
    bytes.addAndGet(-size);
  }

  /** So much stands in the queue now. Home thread only. */
  void standing(int count, long size) {
    if (count != standing) messages.addAndGet(count - standing);
    if (size != standingBytes) bytes.addAndGet(size - standingBytes);
    standing = count;
    standingBytes = size;
  }
}
