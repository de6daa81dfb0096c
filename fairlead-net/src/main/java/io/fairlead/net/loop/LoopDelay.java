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
  public static final LoopDelay NEVER = new LoopDelay();

  private int inARow;
  private volatile boolean late;

  /** Whether new work should go elsewhere, or wait. */
  public boolean late() {
    return late;
  }

  /**
   * @param byNanos how late the probe ran
   * @param limitNanos what is too late
   */
  void probed(long byNanos, long limitNanos) {
    boolean against = late ? byNanos <= limitNanos / 2 : byNanos > limitNanos;
    inARow = against ? inARow + 1 : 0;
    if (inARow < (late ? EASY_PROBES : LATE_PROBES)) return;
    late = !late;
    inARow = 0;
  }
}
