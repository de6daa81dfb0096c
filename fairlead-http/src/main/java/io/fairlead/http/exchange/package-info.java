/**
 * One request through the reverse proxy: routed on a pinned snapshot, then forwarded, served from
 * files, answered or redirected.
 *
 * <p>Start with {@link io.fairlead.http.exchange.ReverseProxy} (the handler of every request), then
 * {@link io.fairlead.http.exchange.Site} (the compiled snapshot it reads) and {@link
 * io.fairlead.http.exchange.Forwarded} (what is decided while a request is with an upstream).
 *
 * <p>Invariants: a request sees one snapshot from start to end; a request is given to at most two
 * endpoints, and to the second only when nothing of it was acted upon; every request ends in
 * exactly one answer.
 *
 * <p>Spec: RFC 9110 §7, proxy "Error answers" and "Upgrades and streaming".
 */
@NullMarked
package io.fairlead.http.exchange;

import org.jspecify.annotations.NullMarked;
