/**
 * Bytes of the PROXY protocol, both versions, both ways.
 *
 * <p>Start with {@link io.fairlead.net.proxyprotocol.codec.ProxyHeader}; {@link
 * io.fairlead.net.proxyprotocol.codec.ProxyHeaderReader} and {@link
 * io.fairlead.net.proxyprotocol.codec.ProxyHeaderWriter} translate it.
 *
 * <p>Invariants: reading never throws for what a peer sent and never looks beyond the header;
 * writing never yields what reading would refuse.
 *
 * <p>Spec: the PROXY protocol §2.1, §2.2.
 */
@NullMarked
package io.fairlead.net.proxyprotocol.codec;

import org.jspecify.annotations.NullMarked;
