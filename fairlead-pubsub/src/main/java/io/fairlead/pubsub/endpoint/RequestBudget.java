package io.fairlead.pubsub.endpoint;

import java.time.Duration;

/**
 * Keeps requests to so many a second, with one second's worth saved up at most (a token bucket).
 * Thread-safe.
 */
public final class RequestBudget {
  private final long nanosEach;
  private final long savedMaxNanos;
  private long freeAtNanos; // guarded by this

  /**
   * @param perSecond at least 1
   */
  public RequestBudget(int perSecond, long nowNanos) {
    if (perSecond < 1) {
      throw new IllegalArgumentException("perSecond: " + perSecond + " (expected: >= 1)");
    }
    this.nanosEach = Duration.ofSeconds(1).toNanos() / perSecond;
    this.savedMaxNanos = nanosEach * perSecond;
    this.freeAtNanos = nowNanos - savedMaxNanos;
  }

  /** Takes a request's share; how long to wait before sending it, zero for not at all. */
  public synchronized Duration take(long nowNanos) {
    if (nowNanos - freeAtNanos > savedMaxNanos) freeAtNanos = nowNanos - savedMaxNanos;
    freeAtNanos += nanosEach;
    long wait = freeAtNanos - nowNanos;
    return wait > 0 ? Duration.ofNanos(wait) : Duration.ZERO;
  }

  /** The node asked for a rest: nothing before that. */
  public synchronized void rest(Duration rest, long nowNanos) {
    long until = nowNanos + rest.toNanos();
    if (until - freeAtNanos > 0) freeAtNanos = until;
  }
}
