package io.fairlead.mqtt.rocksdb;

import java.time.Duration;

/**
 * When a group of commits is to be written: at once, or a little later, so that one forced write
 * serves more of them. Thread-safe.
 */
final class Pace {
  /** So much gains nothing by waiting for more: to write it takes as long as to force it. */
  static final long ENOUGH_BYTES = 1 << 20;

  private volatile long lingerNanos;

  /** From now on; not at all, if it is zero. */
  void linger(Duration most) {
    if (most.isNegative())
      throw new IllegalArgumentException("linger: " + most + " (expected: ≥ 0)");
    lingerNanos = most.toNanos();
  }

  /**
   * For how long the group waits for more.
   *
   * @param sinceNanos when its first commit came
   * @param bytes of all its commits
   * @return 0: it is to be written now
   */
  long leftNanos(long sinceNanos, long bytes, long nowNanos) {
    return bytes >= ENOUGH_BYTES ? 0 : Math.max(0, lingerNanos - (nowNanos - sinceNanos));
  }
}
