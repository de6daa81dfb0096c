package io.fairlead.core.lifecycle;

import java.util.Set;

/**
 * What only one process at a time may own, such as a locked store: the part of a service that
 * changes hands when a new process takes the gateway over. The two processes know it by its name.
 *
 * <p>In the old process {@link #release} is called, and {@link #reopen} if the new one fails after
 * all. In the new process {@link Service#start} is called once the old one has released. Called by
 * one thread at a time, never by two processes at once.
 */
public interface HandOver extends Service {
  /**
   * Listeners whose connections need it. They pass with all others, but nobody accepts on them from
   * the release until the new process has opened it; who connects meanwhile waits in the kernel.
   */
  default Set<String> listeners() {
    return Set.of();
  }

  /** Stops, closes and unlocks; when this returns another process may open it. */
  void release(Deadline deadline) throws InterruptedException;

  /**
   * Takes it back after {@link #release}.
   *
   * @throws StartException somebody else has it, or it cannot be opened
   */
  void reopen() throws StartException, InterruptedException;
}
