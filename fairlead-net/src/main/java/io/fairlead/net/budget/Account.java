package io.fairlead.net.budget;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one holder keeps waiting on the heap. Thread-safe. Bytes of pooled buffers are known from
 * the allocator and are not booked a second time.
 */
public final class Account {
  private final AtomicLong bytes = new AtomicLong();

  Account() {}

  /** An account that belongs to no budget. */
  public static Account unwatched() {
    return new Account();
  }

  /** Books {@code delta} bytes more, or less when it is negative. */
  public void add(long delta) {
    bytes.addAndGet(delta);
  }

  /** Books the total, for holders that count by looking at all they have. */
  public void set(long total) {
    bytes.setRelease(total);
  }

  public long bytes() {
    return bytes.getAcquire();
  }
}
