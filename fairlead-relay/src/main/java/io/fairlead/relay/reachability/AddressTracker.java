package io.fairlead.relay.reachability;

import io.fairlead.libp2p.host.Reachability;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * What the last answers say about one address. Of the last five, none older than five hours, two
 * more of one kind than of the other make a verdict, and three more make it sure. Owned by its
 * driver.
 */
final class AddressTracker {
  private static final int OUTCOMES_MAX = 5;
  private static final int VERDICT = 2;
  private static final int SURE = 3;
  private static final int DIALS_MAX = 10;
  private static final int REFUSALS_MAX = 5;
  private static final long OUTCOME_NANOS = Duration.ofHours(5).toNanos();
  private static final long DIALS_NANOS = Duration.ofMinutes(10).toNanos();
  private static final long REFUSED_NANOS = Duration.ofMinutes(10).toNanos();
  private static final long AGAIN_NANOS = Duration.ofHours(1).toNanos();

  private record Outcome(boolean reached, long atNanos) {}

  private final ArrayDeque<Outcome> outcomes = new ArrayDeque<>(OUTCOMES_MAX);
  private final ArrayDeque<Long> dials = new ArrayDeque<>(DIALS_MAX);
  private int refusals;
  private long refusedAtNanos;
  private boolean paused;

  /** A peer found it. */
  void reached(long nowNanos) {
    add(true, nowNanos);
  }

  /** A peer did not find it. */
  void missed(long nowNanos) {
    add(false, nowNanos);
  }

  private void add(boolean reached, long nowNanos) {
    refusals = 0;
    if (outcomes.size() == OUTCOMES_MAX) outcomes.removeFirst();
    outcomes.add(new Outcome(reached, nowNanos));
  }

  /** A peer did not want to try. */
  void refused(long nowNanos) {
    if (++refusals < REFUSALS_MAX) return;
    refusals = 0;
    paused = true;
    refusedAtNanos = nowNanos;
  }

  /** It is being tried. */
  void asked(long nowNanos) {
    if (dials.size() == DIALS_MAX) dials.removeFirst();
    dials.add(nowNanos);
  }

  Reachability verdict(long nowNanos) {
    int more = more(nowNanos);
    if (more >= VERDICT) return Reachability.PUBLIC;
    return more <= -VERDICT ? Reachability.PRIVATE : Reachability.UNKNOWN;
  }

  /** When it is to be tried next: now, or later. */
  long dueNanos(long nowNanos) {
    boolean sure = Math.abs(more(nowNanos)) >= SURE;
    long due = sure ? outcomes.getLast().atNanos() + AGAIN_NANOS : nowNanos;
    if (paused) {
      long until = refusedAtNanos + REFUSED_NANOS;
      if (until - nowNanos <= 0) paused = false;
      else due = later(due, until);
    }
    if (dials.size() == DIALS_MAX) due = later(due, dials.getFirst() + DIALS_NANOS);
    return later(due, nowNanos);
  }

  private static long later(long one, long other) {
    return one - other >= 0 ? one : other;
  }

  private int more(long nowNanos) {
    outcomes.removeIf(outcome -> nowNanos - outcome.atNanos() > OUTCOME_NANOS);
    int more = 0;
    for (Outcome outcome : outcomes) more += outcome.reached() ? 1 : -1;
    return more;
  }
}
