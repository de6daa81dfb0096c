package io.fairlead.http.upstream;

import io.fairlead.core.unit.Limit;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the requests of a cluster and lets in as many as its breaker allows; a few more wait in
 * line for a connection. Thread-safe; without a line a request costs two atomic additions.
 */
final class Admission {
  /** Who waits in line. */
  abstract static class Waiting {
    private boolean waits;

    /** It is this one's turn; runs on the thread of whoever left. */
    abstract void admitted();
  }

  /** What a request hears. */
  enum Entry {
    /** Go on; {@link #leave} when it is over. */
    IN,
    /** All connections are busy; {@link #join} the line, or do without. */
    BUSY,
    /** Too many requests. */
    FULL
  }

  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();
  private final LongAdder refused = new LongAdder();
  private final ArrayDeque<Waiting> line = new ArrayDeque<>(); // guarded by itself
  private volatile boolean anyWaiting;

  Entry enter(BreakerConfig config) {
    int now = active.incrementAndGet();
    if (config.connections().admits(now) && config.requests().admits(now) && !anyWaiting) {
      return Entry.IN;
    }
    active.decrementAndGet();
    // Somebody may have left meanwhile and found our addition in the way of those who wait.
    if (anyWaiting) next(config);
    if (!config.requests().admits(now)) {
      refused.increment();
      return Entry.FULL;
    }
    return Entry.BUSY;
  }

  /** Waits in line; false when the line is full. May be admitted before this returns. */
  boolean join(Waiting waiting, BreakerConfig config) {
    synchronized (line) {
      if (!config.pending().admits(line.size() + 1L)) {
        refused.increment();
        return false;
      }
      waiting.waits = true;
      line.addLast(waiting);
      anyWaiting = true;
    }
    next(config); // somebody may have left before the line was seen
    return true;
  }

  /** Leaves the line; false when it is not in it any more, because it was admitted. */
  boolean giveUp(Waiting waiting, boolean counted) {
    synchronized (line) {
      if (!waiting.waits) return false;
      waiting.waits = false;
      line.remove(waiting);
      anyWaiting = !line.isEmpty();
    }
    if (counted) refused.increment();
    return true;
  }

  /** A request is over. */
  void leave(BreakerConfig config) {
    active.decrementAndGet();
    if (anyWaiting) next(config);
  }

  boolean beginRetry(Limit most) {
    if (most.admits(retries.incrementAndGet())) return true;
    retries.decrementAndGet();
    return false;
  }

  void endRetry() {
    retries.decrementAndGet();
  }

  int active() {
    return active.get();
  }

  int waiting() {
    synchronized (line) {
      return line.size();
    }
  }

  /** Requests refused ever. */
  long refused() {
    return refused.sum();
  }

  private void next(BreakerConfig config) {
    while (true) {
      Waiting first;
      synchronized (line) {
        if (line.isEmpty()) return;
        int now = active.incrementAndGet();
        if (!config.connections().admits(now) || !config.requests().admits(now)) {
          active.decrementAndGet();
          return;
        }
        first = line.removeFirst();
        first.waits = false;
        anyWaiting = !line.isEmpty();
      }
      first.admitted();
    }
  }
}
