package io.fairlead.core.time;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A clock that moves only when told, with timers that fire while it moves: for tests and
 * simulations of anything built on core. Not thread-safe.
 */
public final class ManualClock implements Clock, Timers {
  private record Due(long atNanos, long order, Runnable task) {}

  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::atNanos).thenComparingLong(Due::order));
  private long nowNanos;
  private long order;
  private Instant wall = Instant.parse("2030-01-01T00:00:00Z");

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public Instant wall() {
    return wall;
  }

  @Override
  public Handle after(Duration delay, Runnable task) {
    Due entry = new Due(nowNanos + Math.max(0, delay.toNanos()), order++, task);
    due.add(entry);
    return () -> due.remove(entry);
  }

  /** Moves time forward, running every timer that becomes due, each at its own instant. */
  public void advance(Duration by) {
    long end = nowNanos + by.toNanos();
    while (!due.isEmpty() && due.peek().atNanos() <= end) {
      Due next = due.remove();
      moveTo(next.atNanos());
      next.task().run();
    }
    moveTo(end);
  }

  /** Timers not yet run. */
  public int pending() {
    return due.size();
  }

  /** Sets the wall clock alone, as an administrator or NTP would. */
  public void jumpWallTo(Instant instant) {
    wall = instant;
  }

  private void moveTo(long nanos) {
    wall = wall.plusNanos(nanos - nowNanos);
    nowNanos = nanos;
  }
}
