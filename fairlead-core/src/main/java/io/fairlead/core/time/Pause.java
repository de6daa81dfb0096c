package io.fairlead.core.time;

import java.time.Duration;

/**
 * Lets the calling thread wait: for work that runs from top to bottom on a thread of its own. Never
 * on an event loop. Thread-safe.
 */
@FunctionalInterface
public interface Pause {
  /**
   * Returns after {@code length}; at once when it is zero or negative.
   *
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  void sleep(Duration length) throws InterruptedException;

  /** By the machine's clock. */
  static Pause system() {
    return Thread::sleep;
  }
}
