/**
 * The HTTP service: reverse proxy, upstream clusters and static files behind a listener.
 *
 * <p>Start with {@link io.fairlead.http.HttpService}, which turns {@link
 * io.fairlead.http.HttpConfig} and {@link io.fairlead.http.UpstreamsConfig} into faces. Then {@code
 * exchange} (one request), {@code route} (which route, which fields), {@code upstream} (which
 * endpoint) and {@code files}. {@code echo} stands alone.
 *
 * <p>Flow: listener → face → HTTP edge of net → {@code exchange.ReverseProxy} → forwarder of net.
 *
 * <p>Invariants: the face of a site is one object as long as the site's id is configured; a request
 * runs on the snapshot that was current when it began.
 */
@NullMarked
package io.fairlead.http;

import org.jspecify.annotations.NullMarked;
