package io.fairlead.http.health;

import io.fairlead.core.unit.Limit;
import java.time.Duration;
import java.util.Optional;

/**
 * What requests may tell about an endpoint before it is left alone.
 *
 * @param serverErrors answers of 500 and above in a row, failed attempts included
 * @param gatewayErrors 502, 503, 504 and failed attempts in a row
 * @param connectFailures failed connections in a row
 * @param sweep between two looks at all endpoints
 * @param base ejection, times how often it was ejected lately
 * @param max longest ejection
 * @param share of a cluster's endpoints that may be ejected at once, 0 to 1; at least one may
 * @param successRate comparison with the others; empty when off
 */
public record OutlierConfig(
    Limit serverErrors,
    Limit gatewayErrors,
    Limit connectFailures,
    Duration sweep,
    Duration base,
    Duration max,
    double share,
    Optional<SuccessRate> successRate) {
  public static final OutlierConfig DEFAULTS =
      new OutlierConfig(
          Limit.atMost(5),
          Limit.atMost(3),
          Limit.atMost(3),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(300),
          0.5,
          Optional.empty());

  /**
   * Ejects who is much worse than the others.
   *
   * @param endpoints with enough requests, below which nobody is judged
   * @param requests between two sweeps, below which an endpoint is not judged
   * @param deviations below the mean success rate, in standard deviations
   */
  public record SuccessRate(int endpoints, int requests, double deviations) {}
}
