package io.fairlead.mqtt.delivery;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Tasks for the event loop of somebody else. Any thread. */
public final class Posted {
  private Posted() {}

  /**
   * Runs it there, or not at all where the loop has ended: the process does, and whatever the loop
   * had is closed.
   */
  public static void to(Executor loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException ended) {
      // Its queue has no bound, so that this is its only reason.
    }
  }
}
