package io.fairlead.app.systemd;

import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries {@link Notices} out on a thread of its own, which no event loop can hold up. Thread-safe.
 */
final class Notifier implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Notifier.class);

  /** A loop that is silent for longer is stuck, however patient the watchdog is. */
  private static final Duration LOOPS_ANSWER_WITHIN = Duration.ofSeconds(5);

  private final NotifySocket socket; // guarded by lock
  private final Pulse pulse;
  private final Clock clock;
  private final Duration answerWithin;
  private final Object lock = new Object();
  private final Notices notices; // guarded by lock
  private boolean beating; // guarded by lock
  private final ScheduledExecutorService beats =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("systemd").daemon().factory());

  /**
   * @param socket takes ownership
   * @param clock of {@code CLOCK_MONOTONIC}, as the machine's own is on Linux
   */
  Notifier(NotifySocket socket, Optional<Duration> pingEvery, Pulse pulse, Clock clock) {
    this.socket = socket;
    this.pulse = pulse;
    this.clock = clock;
    this.answerWithin =
        pingEvery
            .filter(every -> every.compareTo(LOOPS_ANSWER_WITHIN) < 0)
            .orElse(LOOPS_ANSWER_WITHIN);
    this.notices = new Notices(pingEvery, socket, clock.nanos());
  }

  void starting() {
    synchronized (lock) {
      notices.starting(clock.nanos());
      beating = true;
    }
    schedule(0);
  }

  void ready() {
    String sentence = pulse.status();
    boolean first;
    synchronized (lock) {
      notices.ready(sentence);
      first = !beating;
      beating = true;
    }
    if (first) schedule(Notices.BEAT.toNanos());
  }

  void reloads() {
    synchronized (lock) {
      notices.reloads(clock.nanos());
    }
  }

  void reloaded() {
    synchronized (lock) {
      notices.reloaded();
    }
  }

  void stopping() {
    Duration within = pulse.stopBound();
    synchronized (lock) {
      notices.stopping(within, clock.nanos());
    }
  }

  void mainPid(long pid) {
    synchronized (lock) {
      notices.mainPid(pid);
    }
  }

  @Override
  public void close() {
    beats.shutdownNow();
    synchronized (lock) {
      socket.close();
    }
  }

  private void beat() {
    long nextNanos = Notices.BEAT.toNanos();
    try {
      boolean serving;
      synchronized (lock) {
        serving = notices.serving();
      }
      // Asked outside the lock: the answers come from all over the gateway.
      String sentence = serving ? pulse.status() : "";
      boolean answer = pulse.loopsAnswered(answerWithin);
      synchronized (lock) {
        // Ready meanwhile: the sentence was not asked for, the next beat has it.
        if (serving == notices.serving()) {
          nextNanos = notices.beat(answer, sentence, clock.nanos());
        } else {
          nextNanos = 0;
        }
      }
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("notice to the service manager failed");
    }
    schedule(nextNanos);
  }

  private void schedule(long nanos) {
    try {
      var _ = beats.schedule(this::beat, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      // The process is about to end; the manager sees that by itself.
    }
  }
}
