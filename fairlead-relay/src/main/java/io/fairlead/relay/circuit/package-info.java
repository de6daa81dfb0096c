/**
 * Connections through relays, from both ends.
 *
 * <p>Start with {@link io.fairlead.relay.circuit.CircuitDialer}, which asks a relay to connect this
 * node with another, and {@link io.fairlead.relay.circuit.CircuitAcceptor}, which answers a relay
 * that has somebody for this node. {@link io.fairlead.relay.circuit.Circuit} is what a connection
 * knows of the way it takes.
 *
 * <p>Flow: hop or stop stream → one message each way → the stream is a plain connection, secured
 * and multiplexed by {@link io.fairlead.libp2p.netty.Upgrader} as a socket would be → the node's.
 *
 * <p>Invariants: what comes behind the last message belongs to the circuit; the peer at the other
 * end is the one that was announced, or there is no connection; a stream that ends ends the
 * connection.
 *
 * <p>Spec: libp2p circuit relay v2.
 */
@NullMarked
package io.fairlead.relay.circuit;

import org.jspecify.annotations.NullMarked;
