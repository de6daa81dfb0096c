package io.fairlead.net.overload;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.budget.MemoryBudget;
import io.fairlead.net.budget.MemoryLimit;
import io.fairlead.net.budget.Pressure;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.RelayBuffers;
import io.fairlead.net.loop.Squeeze;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the load ten times a second, on a thread of its own: event loops that are late must not
 * delay what relieves them.
 */
public final class LoadWatch implements Service {
  private static final Logger log = LoggerFactory.getLogger(LoadWatch.class);
  private static final long EVERY_MILLIS = 100;

  /**
   * What may be changed while it runs.
   *
   * @param memory size of the budget
   * @param loopDelay how late an event loop may be before new work is refused
   */
  public record Settings(MemoryLimit memory, Duration loopDelay) {
    public static final Settings DEFAULTS =
        new Settings(MemoryLimit.DEFAULT, Duration.ofMillis(200));
  }

  private final MemoryBudget budget;
  private final EventLoops loops;
  private final Watch<Settings> settings;
  private final Runnable eachTime;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("load-watch").unstarted(task));
  private Settings applied; // the constructor, then the watch's thread only

  /**
   * @param settings read at each look
   * @param eachTime further work of each look; must be cheap
   */
  public LoadWatch(
      MemoryBudget budget, EventLoops loops, Watch<Settings> settings, Runnable eachTime) {
    this.budget = budget;
    this.loops = loops;
    this.eachTime = eachTime;
    this.settings = settings;
    this.applied = settings.current();
    apply(applied);
    budget.onPressure(pressure -> loops.buffers().squeeze(squeeze(pressure)));
  }

  @Override
  public String name() {
    return "load";
  }

  @Override
  public void start() {
    var _ = // ends with its thread
        thread.scheduleWithFixedDelay(
            this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Goes on to the end: draining is when slow readers pile up. */
  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    thread.shutdownNow();
  }

  private void apply(Settings next) {
    applied = next;
    budget.limit(next.memory());
    loops.delayMax(next.loopDelay());
    long most = Math.min(RelayBuffers.defaultBudget().bytes(), budget.limitBytes() / 2);
    loops.buffers().budget(new ByteSize(most));
  }

  private void look() {
    try {
      Settings now = settings.current();
      if (now != applied) apply(now);
      budget.sample();
      eachTime.run();
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).log("load could not be judged"); // and is tried again
    }
  }

  private static Squeeze squeeze(Pressure pressure) {
    return switch (pressure) {
      case NORMAL -> Squeeze.NONE;
      case HIGH -> Squeeze.TIGHT;
      case CRITICAL -> Squeeze.LEAST;
    };
  }
}
