/**
 * The messages of circuits, reachability and hole punching, to and from bytes.
 *
 * <p>Start with {@link io.fairlead.relay.codec.HopMessage}, which a peer says to a relay, and
 * {@link io.fairlead.relay.codec.StopMessage}, which the relay says to the peer at the other end.
 *
 * <p>Invariants: nothing here keeps state or does I/O; what is read was checked for its form only;
 * fields that are not known are passed over; lists and sizes of what is read are bounded.
 *
 * <p>Spec: libp2p circuit relay v2, AutoNAT, AutoNAT v2, DCUtR.
 */
@NullMarked
package io.fairlead.relay.codec;

import org.jspecify.annotations.NullMarked;
