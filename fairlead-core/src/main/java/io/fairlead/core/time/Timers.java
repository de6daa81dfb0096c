package io.fairlead.core.time;

import java.time.Duration;

/**
 * Wakes its owner later. Each event loop and each mailbox supplies its own, so that a callback runs
 * on the thread that owns the state it touches.
 */
public interface Timers {
  /**
   * Runs {@code task} once on the owner after {@code delay}.
   *
   * @param delay zero or negative means as soon as possible, never inside this call
   */
  Handle after(Duration delay, Runnable task);

  /** A scheduled task. */
  interface Handle {
    /** Stops the task from running; no effect when it already ran. Owner thread only. */
    void cancel();
  }
}
