package io.fairlead.mqtt.bridge;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Which address is next, and when: all in turn without a wait, then a wait that doubles, of which
 * half is chance. Not thread-safe.
 */
final class Retry {
  private final int addresses;
  private final Duration min;
  private final Duration max;
  private Duration wait;
  private int next;
  private int failed;

  Retry(int addresses, Duration min, Duration max) {
    this.addresses = addresses;
    this.min = min;
    this.max = max;
    this.wait = min;
  }

  /** The address to try. */
  int address() {
    return next;
  }

  /** The address that was tried did not do; how long to wait before the next. */
  Duration failed(RandomGenerator chance) {
    next = (next + 1) % addresses;
    if (++failed < addresses) return Duration.ZERO;
    failed = 0;
    Duration now = wait;
    Duration doubled = wait.multipliedBy(2);
    wait = doubled.compareTo(max) > 0 ? max : doubled;
    return now.dividedBy(2).plusNanos((long) (now.toNanos() / 2 * chance.nextDouble()));
  }

  /** The address that was tried is good; it stays the first to try. */
  void good() {
    wait = min;
    failed = 0;
  }
}
