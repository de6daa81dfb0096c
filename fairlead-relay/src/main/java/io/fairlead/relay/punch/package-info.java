/**
 * Getting rid of a relay: two peers that talk over a circuit dial each other at the same moment.
 *
 * <p>Start with {@link io.fairlead.relay.punch.HolePunch}.
 *
 * <p>Invariants: at most one attempt with a peer at a time, three in a row; nobody is dialled at a
 * private address unless that is set; whatever fails, the circuit stays.
 *
 * <p>Spec: libp2p DCUtR.
 */
@NullMarked
package io.fairlead.relay.punch;

import org.jspecify.annotations.NullMarked;
