/**
 * One request through the reverse proxy: routed on a pinned snapshot, then forwarded, served from
 * files, answered or redirected.
 *
 * <p>Start with {@link io.fairlead.http.exchange.ReverseProxy} (the handler of every request), then
 * {@link io.fairlead.http.exchange.Site} (the compiled snapshot it reads) and {@link
 * io.fairlead.http.exchange.Forwarded} (what is decided while a request is with an upstream).
 *
 * <p>Invariants: a request sees one snapshot from start to end; a request is given to a second
 * endpoint only when sending it again is safe, and as often as its upstream's retries allow; every
 * request ends in exactly one answer.
 *
 * <p>Spec: RFC 9110 §7, proxy "Error answers" and "Upgrades and streaming".
 */
@NullMarked
package io.fairlead.http.exchange;

import org.jspecify.annotations.NullMarked;
