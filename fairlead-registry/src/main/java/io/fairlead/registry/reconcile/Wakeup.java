package io.fairlead.registry.reconcile;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes one waiting thread; any number of calls while it works wake it once more. Thread-safe. */
final class Wakeup {
  private final Semaphore calls = new Semaphore(0);

  /** Wakes the thread, or lets its next wait end at once. */
  void call() {
    if (calls.availablePermits() == 0) calls.release();
  }

  /**
   * Waits for a call.
   *
   * @return whether one came within {@code atMost}
   */
  boolean await(Duration atMost) throws InterruptedException {
    boolean called = calls.tryAcquire(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
    if (called) calls.drainPermits();
    return called;
  }
}
