package io.fairlead.net.http;

import java.time.Duration;

/**
 * Bounds of an {@link UpstreamPool}. What does not fit is closed.
 *
 * @param idleMax idle connections per key and event loop
 * @param idleTimeout below the common 60 s of servers, so that we leave first
 * @param maxAge of a connection, spread by a tenth either way
 * @param requestsMax requests over one connection
 */
public record PoolSettings(int idleMax, Duration idleTimeout, Duration maxAge, int requestsMax) {
  public static final PoolSettings DEFAULTS =
      new PoolSettings(64, Duration.ofSeconds(55), Duration.ofMinutes(10), 10_000);

  public PoolSettings {
    if (idleMax < 0) throw new IllegalArgumentException("idle max: " + idleMax);
    if (requestsMax < 1) throw new IllegalArgumentException("requests max: " + requestsMax);
    if (!idleTimeout.isPositive()) {
      throw new IllegalArgumentException("idle timeout: " + idleTimeout + " (expected: > 0)");
    }
    if (!maxAge.isPositive()) {
      throw new IllegalArgumentException("max age: " + maxAge + " (expected: > 0)");
    }
  }
}
