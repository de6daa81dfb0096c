package io.fairlead.net.listen;

import java.time.Duration;

/**
 * How long connections of a removed listener may go on.
 *
 * @param http idle keep-alive connections close at a random point within {@code spread} of it
 * @param stream after it everything else is ended
 * @param spread 0–1
 */
public record DrainTimes(Duration http, Duration stream, double spread) {
  public static final DrainTimes DEFAULTS =
      new DrainTimes(Duration.ofSeconds(30), Duration.ofHours(1), 0.8);

  public DrainTimes {
    if (http.isNegative())
      throw new IllegalArgumentException("http: " + http + " (expected: >= 0)");
    if (stream.isNegative()) {
      throw new IllegalArgumentException("stream: " + stream + " (expected: >= 0)");
    }
    if (!(spread >= 0 && spread <= 1)) {
      throw new IllegalArgumentException("spread: " + spread + " (expected: 0-1)");
    }
  }
}
