package io.fairlead.registry.reconcile;

import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one target: runs a cycle whenever somebody asks, at each interval, and when the
 * reconciler itself has something due. Requests during a cycle cause exactly one more.
 */
public final class TargetLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TargetLoop.class);
  private static final Duration JOIN = Duration.ofSeconds(2);

  private final Reconciler reconciler;
  private volatile Duration interval;
  private final Clock clock;
  private final Consumer<TargetStatus> after;
  private final Wakeup wakeup = new Wakeup();
  private final List<CompletableFuture<TargetStatus>> waiting = new ArrayList<>(); // by itself
  private final Thread thread;
  private Opening opening = () -> {}; // set before the thread starts

  /** What comes before the first cycle, on the loop's thread. */
  @FunctionalInterface
  public interface Opening {
    void open() throws InterruptedException;
  }

  /**
   * @param after told how the target stands after each cycle, on the loop's thread
   */
  public TargetLoop(
      Reconciler reconciler, Duration interval, Clock clock, Consumer<TargetStatus> after) {
    this.reconciler = reconciler;
    this.interval = interval;
    this.clock = clock;
    this.after = after;
    this.thread =
        Thread.ofVirtual()
            .name("registry-target-" + reconciler.status().name())
            .unstarted(this::run);
  }

  public Reconciler reconciler() {
    return reconciler;
  }

  /** Starts the thread; {@link Reconciler#start} was called. */
  public void start() {
    thread.start();
  }

  /** Starts the thread, which opens the reconciler before its first cycle. */
  public void start(Opening first) {
    opening = first;
    thread.start();
  }

  /** Looks this often from now on. */
  public void interval(Duration next) {
    interval = next;
    wakeup.call();
  }

  /** Waits for the end of the thread of a closed loop. */
  public void awaitEnd() throws InterruptedException {
    thread.join();
  }

  /** Asks for a cycle. Cheap, any thread. */
  public void request() {
    wakeup.call();
  }

  /** Asks for a cycle that starts after this call; completes when it is over. Any thread. */
  public CompletableFuture<TargetStatus> cycleNow() {
    CompletableFuture<TargetStatus> result = new CompletableFuture<>();
    synchronized (waiting) {
      waiting.add(result);
    }
    wakeup.call();
    return result;
  }

  private void run() {
    try {
      opening.open();
      while (true) {
        List<CompletableFuture<TargetStatus>> served;
        synchronized (waiting) {
          served = new ArrayList<>(waiting);
          waiting.clear();
        }
        TargetStatus status = once();
        served.forEach(each -> each.complete(status));
        after.accept(status);
        wakeup.await(untilDue());
      }
    } catch (InterruptedException closed) {
      log.atTrace().addKeyValue("target", reconciler.status().name()).log("target loop ended");
    }
  }

  private TargetStatus once() throws InterruptedException {
    try {
      return reconciler.cycle();
    } catch (RuntimeException failure) {
      // Thrown out of here it would end the loop without a word.
      log.atError()
          .addKeyValue("target", reconciler.status().name())
          .setCause(failure)
          .log("registry cycle failed");
      return reconciler.status();
    }
  }

  private Duration untilDue() {
    Instant now = clock.wall();
    Duration wait = reconciler.due().map(due -> Duration.between(now, due)).orElse(interval);
    if (wait.isNegative()) return Duration.ZERO;
    return wait.compareTo(interval) > 0 ? interval : wait;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(JOIN);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    synchronized (waiting) {
      waiting.forEach(each -> each.cancel(false));
      waiting.clear();
    }
  }
}
