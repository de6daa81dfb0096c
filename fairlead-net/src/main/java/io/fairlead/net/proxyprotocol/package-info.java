/**
 * The PROXY protocol: a first few bytes by which a load balancer says for whom it speaks.
 *
 * <p>Start with {@link io.fairlead.net.proxyprotocol.ProxyProtocol} (from whom it is expected) and
 * {@link io.fairlead.net.proxyprotocol.ProxyHeaderHandler} (who reads it), and with {@link
 * io.fairlead.net.proxyprotocol.Announcement} for those we send; the bytes are in {@code codec}.
 *
 * <p>Invariants: a header is read from trusted peers only, and from them it is needed; nothing of
 * the connection is looked at before its header; what follows it arrives unchanged, and only when
 * it is asked for.
 *
 * <p>Spec: the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt).
 */
@NullMarked
package io.fairlead.net.proxyprotocol;

import org.jspecify.annotations.NullMarked;
