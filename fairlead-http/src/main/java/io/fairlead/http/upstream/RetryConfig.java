package io.fairlead.http.upstream;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * When a request is given to another endpoint. Never once response bytes were passed on; never a
 * request of which bytes left, unless its method is idempotent (RFC 9110 §9.2.2) or the upstream
 * said that it did nothing.
 *
 * @param attempts in all
 * @param methods that may be repeated; empty for all idempotent ones
 * @param budgetShare retries a request earns for its cluster, e.g. 0.2
 * @param budgetPerSecond retries besides, each second
 * @param perTryTimeout to the response head, of each attempt; empty for the upstream's
 * @param backoffMin most delay before the first retry
 * @param backoffMax most delay before later ones, which double
 * @param bodyBytes of a request that may be kept to send them again
 */
public record RetryConfig(
    int attempts,
    Set<On> on,
    List<String> methods,
    double budgetShare,
    int budgetPerSecond,
    Optional<Duration> perTryTimeout,
    Duration backoffMin,
    Duration backoffMax,
    int bodyBytes) {
  /** What leads to another attempt. */
  public enum On {
    /** No connection. */
    CONNECT,
    /** The upstream refused the stream before working on it. */
    REFUSED_STREAM,
    /** The connection ended before a response head. */
    RESET_BEFORE_HEADERS,
    /** The upstream answered 502. */
    STATUS_502,
    /** The upstream answered 503. */
    STATUS_503,
    /** The upstream answered 504. */
    STATUS_504
  }

  public static final RetryConfig DEFAULTS =
      new RetryConfig(
          2,
          Set.of(On.values()),
          List.of(),
          0.2,
          3,
          Optional.empty(),
          Duration.ofMillis(25),
          Duration.ofMillis(250),
          64 << 10);

  public RetryConfig {
    on = Set.copyOf(on);
    methods = List.copyOf(methods);
  }
}
