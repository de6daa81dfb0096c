package io.fairlead.core.lifecycle;

/**
 * Anything with a life: {@code NEW → STARTING → RUNNING → DRAINING → CLOSED}, or {@code FAILED}.
 * Called by one owner, usually a {@link ServiceTree}; {@link #close} may come from any thread.
 */
public interface Service extends AutoCloseable {
  /** Stable name, used in logs, metrics and the control API, e.g. {@code "proxy"}. */
  String name();

  /**
   * Returns when ready to serve. At most once.
   *
   * @throws StartException it cannot serve; everything it opened is closed again
   */
  void start() throws StartException, InterruptedException;

  /** Refuses new work and waits for current work until the deadline; returns early when idle. */
  void drain(Deadline deadline) throws InterruptedException;

  /** Ends now. Idempotent and safe in any state. */
  @Override
  void close();
}
