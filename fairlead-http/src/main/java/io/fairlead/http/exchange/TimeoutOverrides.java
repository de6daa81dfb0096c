package io.fairlead.http.exchange;

import io.fairlead.net.http.ForwardPlan;
import java.time.Duration;
import java.util.Optional;

/** What a route says about how long its upstream may take; the rest is the upstream's. */
public record TimeoutOverrides(
    Optional<Duration> connect,
    Optional<Duration> responseHead,
    Optional<Duration> responseIdle,
    Optional<Duration> streamIdle) {
  public static final TimeoutOverrides NONE =
      new TimeoutOverrides(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  ForwardPlan.Timeouts over(ForwardPlan.Timeouts upstream) {
    if (equals(NONE)) return upstream;
    return new ForwardPlan.Timeouts(
        connect.orElse(upstream.connect()),
        responseHead.orElse(upstream.responseHead()),
        responseIdle.orElse(upstream.responseIdle()),
        streamIdle.orElse(upstream.streamIdle()));
  }
}
