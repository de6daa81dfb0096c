package io.fairlead.http.upstream;

import io.fairlead.core.unit.Limit;
import java.time.Duration;
import java.util.Optional;

/**
 * How much a cluster is asked to do at once; more is answered 503.
 *
 * @param connections busy at once
 * @param pending requests that wait for one of these
 * @param queue how long they wait
 * @param requests under way
 * @param retries under way
 * @param errorRatio stops asking a cluster that mostly fails; empty for off
 */
public record BreakerConfig(
    Limit connections,
    Limit pending,
    Duration queue,
    Limit requests,
    Limit retries,
    Optional<ErrorRatioConfig> errorRatio) {
  public static final BreakerConfig DEFAULTS =
      new BreakerConfig(
          Limit.atMost(1024),
          Limit.atMost(1024),
          Duration.ofSeconds(1),
          Limit.atMost(4096),
          Limit.atMost(3),
          Optional.empty());

  /** The same for those who share connections. */
  BreakerConfig withoutConnections() {
    return connections.equals(Limit.OFF)
        ? this
        : new BreakerConfig(Limit.OFF, pending, queue, requests, retries, errorRatio);
  }

  /**
   * When a cluster is left alone.
   *
   * @param window looked back
   * @param least requests in the window, below which nothing is concluded
   * @param threshold share of failures, 0 to 1
   * @param open how long it is left alone
   * @param halfOpen requests let through then; one failure opens it again
   */
  public record ErrorRatioConfig(
      Duration window, int least, double threshold, Duration open, int halfOpen) {
    public static final ErrorRatioConfig DEFAULTS =
        new ErrorRatioConfig(Duration.ofSeconds(10), 20, 0.5, Duration.ofSeconds(5), 3);
  }
}
