/**
 * Upstreams: named clusters of endpoints, which of them takes the next request, and how much they
 * are asked to do.
 *
 * <p>Start with {@link io.fairlead.http.upstream.Upstreams} (all clusters, their members, what
 * changes them), then {@link io.fairlead.http.upstream.Cluster} (what a request meets) and its
 * {@code Roster}, the snapshot that requests read. {@code Upkeep} owns checks, lookups and
 * ejections. {@link io.fairlead.http.upstream.UpstreamMembers} is the port for members from outside
 * the configuration; {@link io.fairlead.http.upstream.Dials} is the way out, supplied by whoever
 * composes the program.
 *
 * <p>Invariants: a cluster is the same object as long as its upstream is configured, an endpoint as
 * long as its address stays a member, with connections, health and latency; what is removed gets no
 * new request and its idle connections are retired; choosing takes no lock.
 *
 * <p>Spec: RFC 9110 §9.2.2 (what may be sent again), RFC 2782 (SRV).
 */
@NullMarked
package io.fairlead.http.upstream;

import org.jspecify.annotations.NullMarked;
