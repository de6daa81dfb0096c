package io.fairlead.pubsub;

import java.time.Duration;

/** How several endpoints are used together. */
public sealed interface EndpointMode {
  /** One at a time: the best that is healthy. */
  record Failover() implements EndpointMode {}

  /** Several at once; the first copy of each item counts. */
  record Race(int endpoints) implements EndpointMode {}

  /** An item counts when {@code agree} of {@code endpoints} told it. */
  record Quorum(int agree, int endpoints, Duration timeout, OnDisagreement onDisagreement)
      implements EndpointMode {}

  /** What follows when too few agree in time. */
  enum OnDisagreement {
    WAIT,
    DELIVER_FLAGGED
  }
}
