/**
 * HTTP/1 as the gateway speaks it: heads as views of bytes, exchanges as callbacks, forwarding with
 * end-to-end back-pressure.
 *
 * <p>For users: {@link io.fairlead.net.http.RequestHandler} and {@link
 * io.fairlead.net.http.ServerExchange}, then {@link io.fairlead.net.http.HttpForwarder}. For
 * readers: {@link io.fairlead.net.http.Http1Edge} → {@code ServerConnection} (bytes to requests,
 * deadlines, ends; with {@code RequestInput}, {@code RequestBody} and {@code ConnectionOutput}) →
 * {@code ConnectionExchange} (one response); {@link io.fairlead.net.http.PooledForwarder} → {@code
 * Exchange} (decides) and {@code Forwarding} (performs, with {@code Dialling}) → {@code
 * UpstreamConnection} → {@link io.fairlead.net.http.UpstreamPool}.
 *
 * <p>Invariants: one request at a time per connection, on either side; a head is always rebuilt,
 * never copied; body bytes go from channel to channel on one event loop; an upstream connection in
 * doubt is never used again; only {@code Exchange} decides about trying again; time is read per
 * burst, deadlines are checked by one tick per loop.
 *
 * <p>Spec: RFC 9110, RFC 9112.
 */
@NullMarked
package io.fairlead.net.http;

import org.jspecify.annotations.NullMarked;
