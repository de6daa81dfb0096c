/**
 * Dials through another proxy: HTTP CONNECT or SOCKS 5, in the clear or over TLS.
 *
 * <p>Start with {@link ProxyHop} (one proxy), then {@link HopDialer} (a dial through it), then
 * {@link HopTalk} (what is said to it, as a machine of bytes).
 *
 * <p>Invariants: the destination's name goes to the proxy as it is, it is not looked up here; bytes
 * the destination sends right behind the proxy's answer reach whoever the channel is delivered to.
 *
 * <p>Spec: RFC 9110 §9.3.6, RFC 7617, RFC 1928, RFC 1929.
 */
@NullMarked
package io.fairlead.net.chain;

import org.jspecify.annotations.NullMarked;
