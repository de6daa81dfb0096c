package io.fairlead.net.dial;

import io.fairlead.core.unit.Limit;
import java.time.Duration;

/**
 * Bounds of looking names up.
 *
 * @param names answers remembered; the least recently used leaves first
 * @param ttlMax for which an answer is used again at most, whatever the server says
 * @param query for an answer of one server
 */
public record DnsLimits(Limit names, Duration ttlMax, Duration query) {
  public static final DnsLimits DEFAULTS =
      new DnsLimits(Limit.atMost(10_000), Duration.ofHours(1), Duration.ofSeconds(5));

  public DnsLimits {
    if (!ttlMax.isPositive() || !query.isPositive()) {
      throw new IllegalArgumentException("times: " + ttlMax + " " + query + " (expected: > 0)");
    }
  }
}
