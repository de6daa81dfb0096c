/**
 * Whether a member may get requests: pure machines for what checks, requests and operators say
 * about one endpoint. No sockets and no timers; the owner brings results and the time.
 *
 * <p>Start with {@link io.fairlead.http.health.EndpointHealth} (the machine of one endpoint), then
 * {@link io.fairlead.http.health.Tally} and {@link io.fairlead.http.health.OutlierDetector} (what
 * requests tell), {@link io.fairlead.http.health.HealthChecker} (when to ask).
 *
 * <p>Invariants: an operator's wish overrides everything, draining overrides checks and ejection;
 * an ejection always ends by itself; at most the configured share of a cluster is ejected.
 */
@NullMarked
package io.fairlead.http.health;

import org.jspecify.annotations.NullMarked;
