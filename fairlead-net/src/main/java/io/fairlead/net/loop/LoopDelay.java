package io.fairlead.net.loop;

/**
 * How late one event loop runs what is due, judged by probes.
 *
 * <pre>
 * easy --2 probes in a row later than the limit-->        late
 * late --10 probes in a row within half the limit-->      easy
 * </pre>
 *
 * A single pause, such as one of the collector, is no overload. Probes belong to the loop; may be
 * asked by any thread.
 */
public final class LoopDelay {
  static final int LATE_PROBES = 2;
  static final int EASY_PROBES = 10;

  /** Of a loop that nobody probes. */
  public static final LoopDelay NEVER = new LoopDelay(0);

  private int inARow;
  private volatile long answeredAtNanos;
  private volatile boolean late;

  /**
   * @param nowNanos from when on it is expected to answer
   */
  LoopDelay(long nowNanos) {
    answeredAtNanos = nowNanos;
  }

  /** Monotonic time at which the loop last ran a probe. Not for {@link #NEVER}. */
  public long answeredAtNanos() {
    return answeredAtNanos;
  }

  /** Whether new work should go elsewhere, or wait. */
  public boolean late() {
    return late;
  }

  /**
   * @param nowNanos when the probe runs
   * @param byNanos how late that is
   * @param limitNanos what is too late
   */
  void probed(long nowNanos, long byNanos, long limitNanos) {
    answeredAtNanos = nowNanos;
    boolean against = late ? byNanos <= limitNanos / 2 : byNanos > limitNanos;
    inARow = against ? inARow + 1 : 0;
    if (inARow < (late ? EASY_PROBES : LATE_PROBES)) return;
    late = !late;
    inARow = 0;
  }
}
