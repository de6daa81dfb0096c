/**
 * Translation between channels and the machines: detection of the protocol, the SOCKS handler, the
 * HTTP requests of a proxy's client, and the opening of flows.
 *
 * <p>Start with {@link ProxyFace}, then {@link ProtocolSniffer}; from there {@link SocksHandler} or
 * {@link ProxyRequests}; both open flows with {@link FlowOpener}, and what follows is {@link
 * io.fairlead.net.splice.Splice}.
 *
 * <p>Invariants: everything of one connection happens on its event loop; nothing is written before
 * the protocol is known; bytes reach the chosen pipeline in the order they came.
 */
@NullMarked
package io.fairlead.proxy.netty;

import org.jspecify.annotations.NullMarked;
