/**
 * A node: who it is, whom it is connected to, what it speaks.
 *
 * <p>Start with {@link io.fairlead.libp2p.host.Host}, then {@link
 * io.fairlead.libp2p.host.Connection}. {@link io.fairlead.libp2p.host.Dialing} makes connections,
 * {@link io.fairlead.libp2p.host.ProtocolTable} answers streams, {@link
 * io.fairlead.libp2p.host.Identifying} tells and learns who speaks what, {@link
 * io.fairlead.libp2p.host.Announced} knows where we can be reached. {@link
 * io.fairlead.libp2p.host.BlockingHost} is the same for code that may wait.
 *
 * <p>Flow: listen or dial → upgrade → {@code Host.adopt} (limits, membership) → identify → streams.
 *
 * <p>Invariants: a connection is in the table before its first stream and out of it when it ended;
 * whoever takes from {@link io.fairlead.libp2p.host.Resources} gives back exactly once; of dials
 * that race the losers' sockets are closed; a peer whose membership ended has no connection within
 * a second.
 */
@NullMarked
package io.fairlead.libp2p.host;

import org.jspecify.annotations.NullMarked;
