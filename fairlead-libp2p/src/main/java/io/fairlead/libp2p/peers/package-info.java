/**
 * What a node remembers about others: where they are, what they speak, and how much their
 * connections are worth.
 *
 * <p>Start with {@link io.fairlead.libp2p.peers.PeerStore}, then {@link
 * io.fairlead.libp2p.peers.ConnectionKeeper}, which says which connections go when there are too
 * many.
 *
 * <p>Invariants: every table has a bound and says what leaves it first; nothing here does I/O or
 * reads a clock of its own.
 */
@NullMarked
package io.fairlead.libp2p.peers;

import org.jspecify.annotations.NullMarked;
