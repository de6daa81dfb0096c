/**
 * The mixed port: HTTP CONNECT, absolute-form HTTP and SOCKS on one listener.
 *
 * <p>Start with {@link ProxyService} (what runs), then {@link ForwardConfig} (what can be said
 * about it), then {@link io.fairlead.proxy.netty.ProxyFace} (how a connection enters) and {@link
 * io.fairlead.proxy.forward.Refusal} (how it is turned away).
 *
 * <p>Flow: face → sniffer → SOCKS handler or HTTP requests → machine → flow opener → splice.
 *
 * <p>Invariants: nothing is dialled before authentication; every flow is decided on again when its
 * dial completes; a face stays the same object across reloads.
 *
 * <p>Spec: RFC 9110, RFC 9112, RFC 7617, RFC 1928, RFC 1929.
 */
@NullMarked
package io.fairlead.proxy;

import org.jspecify.annotations.NullMarked;
