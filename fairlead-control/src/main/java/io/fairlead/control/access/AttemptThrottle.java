package io.fairlead.control.access;

import io.fairlead.core.time.Clock;
import io.fairlead.net.live.SourcePrefix;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Slows down guessing at the control API: so many failures a minute of one source and of all, then
 * a wait of 1 s that doubles with each further failure up to 5 min. A success of a source, or 10
 * quiet minutes after its wait, make it new again. At most {@link #SOURCES_MAX} sources are
 * remembered, the least recently seen leaves first. Thread-safe.
 */
public final class AttemptThrottle {
  static final int SOURCES_MAX = 4096;
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration FORGIVEN = Duration.ofMinutes(10);
  private static final Duration DELAY_MIN = Duration.ofSeconds(1);
  private static final Duration DELAY_MAX = Duration.ofMinutes(5);

  private final Clock clock;
  private final int perSource;
  private final Tries all;
  private final Map<SourcePrefix, Tries> sources = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param perSource failures a minute before one source waits
   * @param overall failures a minute before everybody waits
   */
  public AttemptThrottle(Clock clock, int perSource, int overall) {
    this.clock = clock;
    this.perSource = perSource;
    this.all = new Tries(overall);
  }

  /**
   * Begins an attempt, which counts as a failure until {@link #succeeded} says otherwise, so that
   * many at once do not pass together.
   *
   * @return how long to wait first, or empty when it may be made
   */
  public synchronized Optional<Duration> begin(InetAddress peer) {
    long now = clock.nanos();
    Tries source = sources.computeIfAbsent(SourcePrefix.of(peer), _ -> new Tries(perSource));
    if (sources.size() > SOURCES_MAX) {
      var eldest = sources.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
    Optional<Duration> wait = source.waitAt(now).or(() -> all.waitAt(now));
    if (wait.isPresent()) return wait;
    source.failAt(now);
    all.failAt(now);
    return Optional.empty();
  }

  /** The attempt was right. */
  public synchronized void succeeded(InetAddress peer) {
    sources.remove(SourcePrefix.of(peer));
    all.takeBack(clock.nanos());
  }

  /** Failures of one source, or of all. */
  private static final class Tries {
    private final int max;
    private final Deque<Long> failures = new ArrayDeque<>(); // at most max of them
    private int strikes;
    private long blockedUntilNanos;

    Tries(int max) {
      this.max = max;
    }

    Optional<Duration> waitAt(long nowNanos) {
      if (strikes == 0) return Optional.empty();
      long left = blockedUntilNanos - nowNanos;
      if (left > 0) return Optional.of(Duration.ofNanos(left));
      if (-left >= FORGIVEN.toNanos()) {
        strikes = 0;
        failures.clear();
      }
      return Optional.empty();
    }

    void failAt(long nowNanos) {
      while (!failures.isEmpty() && nowNanos - failures.peekFirst() >= WINDOW.toNanos()) {
        failures.removeFirst();
      }
      if (failures.size() >= max) failures.removeFirst();
      failures.addLast(nowNanos);
      if (strikes == 0 && failures.size() < max) return;
      strikes++;
      int doublings = Math.min(strikes - 1, 10);
      long delay = Math.min(DELAY_MIN.toNanos() << doublings, DELAY_MAX.toNanos());
      blockedUntilNanos = nowNanos + delay;
    }

    void takeBack(long nowNanos) {
      failures.pollLast();
      if (strikes == 0) return;
      strikes--;
      blockedUntilNanos = nowNanos;
    }
  }
}
