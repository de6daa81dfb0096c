/**
 * Connections and streams on Netty: transports, the upgrade of a plain connection to a secure and
 * multiplexed one, and streams as channels.
 *
 * <p>Start with {@link io.fairlead.libp2p.netty.Upgrader}, which turns any channel into a {@link
 * io.fairlead.libp2p.netty.PeerConnection}; {@link io.fairlead.libp2p.netty.StreamChannel} is one
 * stream of it, {@link io.fairlead.libp2p.netty.InboundStreams} who answers those of the peer.
 * {@link io.fairlead.libp2p.netty.Transport} listens and dials over TCP and WebSocket.
 *
 * <p>Flow: socket → web socket frames (or none) → {@code UpgradeHandler} (security, then muxer) →
 * secure handler → {@code MuxHandler} → session → stream channels.
 *
 * <p>Invariants: a connection, its session and all of its streams live on one event loop; what is
 * not read from a stream gives its peer no credit; an upgrade ends within its time, in one result.
 *
 * <p>Spec: libp2p connections.
 */
@NullMarked
package io.fairlead.libp2p.netty;

import org.jspecify.annotations.NullMarked;
