/**
 * What both ends of a carrier share: its TLS, its control stream, and a stream that crosses from
 * one event loop to another.
 *
 * <p>Start with {@link io.fairlead.tunnel.carrier.netty.ControlStream}; what comes passes {@link
 * io.fairlead.tunnel.carrier.netty.WholeRecords} ahead of TLS.
 *
 * <p>Invariants: a control line is bounded; a peer's malformed line ends its carrier and nothing
 * else; nothing of a peer's is logged above DEBUG.
 */
@NullMarked
package io.fairlead.tunnel.carrier.netty;

import org.jspecify.annotations.NullMarked;
