/**
 * Upstreams: named clusters of endpoints, and which endpoint takes the next request.
 *
 * <p>Start with {@link io.fairlead.http.upstream.Cluster}, made from an {@link
 * io.fairlead.http.upstream.UpstreamConfig} by {@link io.fairlead.http.upstream.Clusters}; {@link
 * io.fairlead.http.upstream.RoundRobin} is the pure choice. {@link io.fairlead.http.upstream.Dials}
 * is the way out, supplied by whoever composes the program.
 *
 * <p>Invariants: an unchanged endpoint is the same object after a reload, with its connections;
 * what is removed from a cluster gets no new request and its idle connections are retired.
 */
@NullMarked
package io.fairlead.http.upstream;

import org.jspecify.annotations.NullMarked;
