/**
 * Routing: from a request's head to the route that takes it, and the words the gateway adds on the
 * way. Pure: no I/O, no clock; everything here is compiled once per configuration and shared by all
 * event loops.
 *
 * <p>Start with {@link io.fairlead.http.route.RequestFacts} (what a request is, after one
 * normalisation), then {@link io.fairlead.http.route.RouteMatch} and {@link
 * io.fairlead.http.route.RouteTable}, then {@link io.fairlead.http.route.FieldRules} and {@link
 * io.fairlead.http.route.Forwarding}.
 *
 * <p>Invariants: what is routed is what is forwarded; the first matching route wins; a forwarding
 * field of a peer that is not trusted never survives.
 *
 * <p>Spec: RFC 3986 §5.2.4 and §6.2.2, RFC 9110 §7.6.3 (Via), RFC 7239 in spirit.
 */
@NullMarked
package io.fairlead.http.route;

import org.jspecify.annotations.NullMarked;
