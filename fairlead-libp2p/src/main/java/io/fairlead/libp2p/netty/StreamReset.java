package io.fairlead.libp2p.netty;

/**
 * User event of a stream: it was given up, by the peer or because something failed; its channel
 * closes next.
 *
 * @param code one of {@link io.fairlead.libp2p.mux.StreamCode}, or what the peer sent
 */
public record StreamReset(long code, boolean byPeer) {}
