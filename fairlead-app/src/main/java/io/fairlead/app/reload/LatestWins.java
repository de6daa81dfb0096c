package io.fairlead.app.reload;

import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one piece of work again and again on request: at most one run under way and one waiting,
 * whatever is asked meanwhile. The work reads what it needs when it runs, so the latest wish wins.
 * Thread-safe.
 */
public final class LatestWins implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LatestWins.class);

  private final Runnable work;
  private final Duration pause;
  private final Clock clock;
  private final ScheduledExecutorService runner;
  private final Object lock = new Object();
  private boolean queued; // guarded by lock
  private long notBeforeNanos; // guarded by lock

  /**
   * @param pause from the end of one run to the start of the next at least
   */
  public LatestWins(String name, Duration pause, Clock clock, Runnable work) {
    this.work = work;
    this.pause = pause;
    this.clock = clock;
    this.notBeforeNanos = clock.nanos();
    this.runner =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(name).daemon().factory());
  }

  /** Asks for a run that begins after this call. */
  public void request() {
    synchronized (lock) {
      if (queued) return;
      queued = true;
      long waitNanos = Math.max(0, notBeforeNanos - clock.nanos());
      try {
        var _ = runner.schedule(this::run, waitNanos, TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException closing) {
        // The gateway is closing: nobody is left to see the change.
      }
    }
  }

  @Override
  public void close() {
    runner.shutdownNow();
  }

  private void run() {
    synchronized (lock) {
      queued = false;
    }
    try {
      work.run();
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("change failed");
    } finally {
      synchronized (lock) {
        notBeforeNanos = clock.nanos() + pause.toNanos();
      }
    }
  }
}
