package io.fairlead.http.upstream;

import io.fairlead.http.upstream.BreakerConfig.ErrorRatioConfig;

/**
 * Leaves a cluster alone that mostly fails.
 *
 * <pre>
 * Closed   --enough failures in the window--> Open      (for a while)
 * Open     --time over-->                     HalfOpen  (a few probes may pass)
 * HalfOpen --a probe failed-->                Open
 * HalfOpen --all probes went well-->          Closed
 * </pre>
 *
 * A probe goes well as soon as it is answered: a stream may last for days. One that tells nothing,
 * because its client left, makes room for another.
 *
 * <p>Each change of state begins a term, and only requests that began in the current one count:
 * what began before it opened is no probe. The window is ten slices of time. Thread-safe: guarded
 * by itself, held for a few instructions.
 */
final class ErrorRatio {
  /** What it is at this moment. */
  enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  /** Of requests that count for nothing. */
  static final int NO_TERM = -1;

  private static final int SLICES = 10;

  private final ErrorRatioConfig config;
  private final long sliceNanos;
  private final int[] requests = new int[SLICES];
  private final int[] failures = new int[SLICES];
  private State state = State.CLOSED;
  private long slice;
  private long openedAtNanos;
  private int probes;
  private int passed;
  private volatile int term;
  private volatile boolean probing; // half open

  ErrorRatio(ErrorRatioConfig config, long nowNanos) {
    this.config = config;
    this.sliceNanos = Math.max(1, config.window().toNanos() / SLICES);
    this.slice = Math.floorDiv(nowNanos, sliceNanos);
  }

  ErrorRatioConfig config() {
    return config;
  }

  synchronized State state() {
    return state;
  }

  /** Whether a request may begin. */
  synchronized boolean admits(long nowNanos) {
    switch (state) {
      case CLOSED -> {
        return true;
      }
      case OPEN -> {
        if (nowNanos - openedAtNanos < config.open().toNanos()) return false;
        change(State.HALF_OPEN);
        probes = 0;
        passed = 0;
        return probe();
      }
      case HALF_OPEN -> {
        // Probes whose end is never told (the client left) must not close the way for ever.
        if (nowNanos - openedAtNanos >= 2 * config.open().toNanos() + config.window().toNanos()) {
          openedAtNanos = nowNanos - config.open().toNanos();
          probes = passed;
        }
        return probe();
      }
    }
    return true;
  }

  /** The term in which a request begins that was just admitted. */
  int term() {
    return term;
  }

  /**
   * A request ended.
   *
   * @param begunIn the term in which it began
   */
  synchronized void ended(boolean failed, int begunIn, long nowNanos) {
    if (begunIn != term) return;
    switch (state) {
      case CLOSED -> {
        move(nowNanos);
        int at = (int) Math.floorMod(slice, (long) SLICES);
        requests[at]++;
        if (failed) failures[at]++;
        if (failed && tooMany()) open(nowNanos);
      }
      case HALF_OPEN -> {
        if (failed) {
          open(nowNanos);
        } else if (++passed >= config.halfOpen()) {
          change(State.CLOSED);
        }
      }
      case OPEN -> {} // nothing begins
    }
  }

  /**
   * A request was answered well and goes on; if it is a probe, that is all that is asked of it.
   *
   * @param begunIn the term in which it began
   * @return what {@link #ended} is to be told instead
   */
  int answered(int begunIn) {
    if (!probing || begunIn != term) return begunIn;
    synchronized (this) {
      if (state != State.HALF_OPEN || begunIn != term) return begunIn;
      if (++passed >= config.halfOpen()) change(State.CLOSED);
      return NO_TERM;
    }
  }

  /**
   * A request is over and says nothing.
   *
   * @param begunIn the term in which it began
   */
  void withdrawn(int begunIn) {
    if (!probing || begunIn != term) return;
    synchronized (this) {
      if (state == State.HALF_OPEN && begunIn == term && probes > passed) probes--;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  private void change(State next) {
    state = next;
    term++;
    probing = next == State.HALF_OPEN;
  }

  private boolean probe() {
    return probes < config.halfOpen() && ++probes > 0;
  }

  private void open(long nowNanos) {
    change(State.OPEN);
    openedAtNanos = nowNanos;
    for (int i = 0; i < SLICES; i++) {
      requests[i] = 0;
      failures[i] = 0;
    }
  }

  private boolean tooMany() {
    long all = 0;
    long bad = 0;
    for (int i = 0; i < SLICES; i++) {
      all += requests[i];
      bad += failures[i];
    }
    return all >= config.least() && bad >= config.threshold() * all;
  }

  private void move(long nowNanos) {
    long now = Math.floorDiv(nowNanos, sliceNanos);
    if (now - slice >= SLICES) {
      for (int i = 0; i < SLICES; i++) {
        requests[i] = 0;
        failures[i] = 0;
      }
    } else {
      for (long next = slice + 1; next <= now; next++) {
        int at = (int) Math.floorMod(next, (long) SLICES);
        requests[at] = 0;
        failures[at] = 0;
      }
    }
    slice = now;
  }
}
