package io.fairlead.http.upstream;

import io.fairlead.core.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps retries a share of requests, so that a failing cluster is not asked many times over. Every
 * request earns a share of a retry, up to {@value #EARNED_MAX} saved; besides, a few are free each
 * second. Thread-safe.
 */
final class RetryBudget {
  static final int EARNED_MAX = 100;
  private static final long ONE = 1_000_000;
  private static final long SECOND_NANOS = 1_000_000_000;

  private final Clock clock;
  private final AtomicLong earned = new AtomicLong();
  private final AtomicLong second = new AtomicLong();
  private final AtomicLong freeInSecond = new AtomicLong();

  RetryBudget(Clock clock) {
    this.clock = clock;
    second.set(clock.nanos());
  }

  /**
   * A request began.
   *
   * @param share of a retry it earns
   */
  void earn(double share) {
    if (earned.get() < EARNED_MAX * ONE) earned.addAndGet((long) (share * ONE));
  }

  /**
   * Takes one retry.
   *
   * @param perSecond free ones
   * @return whether there was one
   */
  boolean take(int perSecond) {
    long now = clock.nanos();
    long began = second.get();
    if (now - began >= SECOND_NANOS && second.compareAndSet(began, now)) freeInSecond.set(0);
    if (freeInSecond.get() < perSecond && freeInSecond.incrementAndGet() <= perSecond) return true;
    while (true) {
      long saved = earned.get();
      if (saved < ONE) return false;
      if (earned.compareAndSet(saved, saved - ONE)) return true;
    }
  }
}
