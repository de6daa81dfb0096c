package io.fairlead.app.reload;

import io.fairlead.app.config.ReloadSettings.Guard;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes that may still be undone by the gateway itself: because nobody confirmed in time, or
 * because answers began to fail.
 *
 * <pre>
 * free      --change with a window-->  unconfirmed (target: what ran before)
 * unconf.   --confirmed-->             free
 * unconf.   --time is up-->            free        (undo, reason unconfirmed)
 * unconf.   --another change-->        unconfirmed (same target) or free, as its caller says
 * free      --change with a guard-->   guarded
 * guarded   --answers fail-->          free        (undo, reason guard)
 * guarded   --window over-->           free
 * </pre>
 *
 * <p>All methods are called with the controller's lock held; {@code undo} is called without it, on
 * a thread of this class, and finds out itself whether there is still something to undo.
 */
final class Probation implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Probation.class);
  private static final long LOOK_MILLIS = 250;

  /** Why a change is undone. */
  enum Reason {
    UNCONFIRMED,
    GUARD;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What waits.
   *
   * @param generation the newest change made under it
   * @param target what to go back to
   */
  record Pending(long generation, ConfigInputs target) {}

  private final BiConsumer<Reason, Pending> undo;
  private final Supplier<LiveWork.Answers> answers;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("config-probation").daemon().factory());
  private Optional<Pending> unconfirmed = Optional.empty();
  private Optional<Pending> guarded = Optional.empty();
  private @Nullable ScheduledFuture<?> window;
  private @Nullable ScheduledFuture<?> looks;

  Probation(BiConsumer<Reason, Pending> undo, Supplier<LiveWork.Answers> answers) {
    this.undo = undo;
    this.answers = answers;
  }

  Optional<Pending> unconfirmed() {
    return unconfirmed;
  }

  /** Whether a change may yet be undone. */
  boolean pending() {
    return unconfirmed.isPresent() || (looks != null && !looks.isDone());
  }

  /** Whether that is still the change to undo. */
  boolean stands(Reason reason, Pending pending) {
    return (reason == Reason.GUARD ? guarded : unconfirmed).equals(Optional.of(pending));
  }

  /** A change runs until somebody confirms. */
  void confirmWithin(Duration time, long generation, ConfigInputs target) {
    cancelWindow();
    Pending pending = new Pending(generation, target);
    unconfirmed = Optional.of(pending);
    window =
        timer.schedule(
            () -> carryOut(Reason.UNCONFIRMED, pending), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Nothing waits for confirmation any more. */
  void settle() {
    cancelWindow();
    unconfirmed = Optional.empty();
  }

  /** Answers are watched from now on; a change before that one is no longer. */
  void guard(Guard guard, long generation, ConfigInputs target) {
    unguard();
    Pending pending = new Pending(generation, target);
    guarded = Optional.of(pending);
    LiveWork.Answers before = answers.get();
    long looksMax = Math.max(1, guard.window().toMillis() / LOOK_MILLIS);
    long[] done = new long[1];
    looks =
        timer.scheduleWithFixedDelay(
            () -> {
              if (failing(guard, before, answers.get())) {
                carryOut(Reason.GUARD, pending);
                throw new java.util.concurrent.CancellationException("undone");
              }
              if (++done[0] >= looksMax) {
                throw new java.util.concurrent.CancellationException("window over");
              }
            },
            LOOK_MILLIS,
            LOOK_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  void unguard() {
    guarded = Optional.empty();
    if (looks != null) looks.cancel(false);
    looks = null;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  static boolean failing(Guard guard, LiveWork.Answers before, LiveWork.Answers now) {
    long total = now.total() - before.total();
    long failed = now.failed() - before.failed();
    return total >= guard.requestsMin() && failed > guard.errorRatioMax() * total;
  }

  private void carryOut(Reason reason, Pending pending) {
    try {
      undo.accept(reason, pending);
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("undoing a change failed");
    }
  }

  private void cancelWindow() {
    if (window != null) window.cancel(false);
    window = null;
  }
}
