package io.fairlead.http.health;

import java.time.Duration;

/**
 * The state of one endpoint.
 *
 * <pre>
 * Unknown   --first check-->            Healthy or Unhealthy
 * Healthy   --fall failures in a row--> Unhealthy
 * Unhealthy --rise passes in a row-->   Healthy
 * any of these --outlier-->             Ejected   (until its time is over; then as checked)
 * any       --drain-->                  Draining  (undone by taking it back)
 * any       --operator: down-->         Down      (overrides all, until the operator undoes it)
 * </pre>
 *
 * The three things are kept apart, so that what ends shows what was beneath. Not thread-safe: owned
 * by the cluster.
 */
public final class EndpointHealth {
  private HealthState checked;
  private int passes;
  private int failures;
  private boolean ejected;
  private long ejectedUntilNanos;
  private int ejections;
  private boolean draining;
  private boolean down;

  /**
   * @param initial what it is before the first check: unknown, healthy or unhealthy
   */
  public EndpointHealth(HealthState initial) {
    this.checked = initial;
  }

  public HealthState state() {
    if (down) return HealthState.DOWN;
    if (draining) return HealthState.DRAINING;
    return ejected ? HealthState.EJECTED : checked;
  }

  /**
   * A check ended.
   *
   * @param rise passes in a row until it is healthy
   * @param fall failures in a row until it is not
   */
  public void checked(boolean passed, int rise, int fall) {
    if (passed) {
      passes++;
      failures = 0;
      if (checked == HealthState.UNKNOWN || passes >= rise) checked = HealthState.HEALTHY;
    } else {
      failures++;
      passes = 0;
      if (checked == HealthState.UNKNOWN || failures >= fall) checked = HealthState.UNHEALTHY;
    }
  }

  /** Nobody checks it any more. */
  public void unchecked() {
    checked = HealthState.UNKNOWN;
    passes = 0;
    failures = 0;
  }

  /** Leaves it alone for that long. */
  public void eject(Duration time, long nowNanos) {
    ejected = true;
    ejectedUntilNanos = nowNanos + time.toNanos();
    ejections++;
  }

  public boolean ejected() {
    return ejected;
  }

  /** How often it was ejected lately; each calm sweep forgives one. */
  public int ejections() {
    return ejections;
  }

  /** Ends an ejection whose time is over. */
  public void passTime(long nowNanos) {
    if (ejected && nowNanos - ejectedUntilNanos >= 0) ejected = false;
  }

  /** A sweep found nothing against it. */
  public void forgive() {
    if (!ejected && ejections > 0) ejections--;
  }

  public void draining(boolean wish) {
    draining = wish;
  }

  public void down(boolean wish) {
    down = wish;
  }
}
