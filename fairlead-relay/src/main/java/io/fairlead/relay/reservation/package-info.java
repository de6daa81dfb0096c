/**
 * Places that relays keep for this node, so that others can reach it through them.
 *
 * <p>Start with {@link io.fairlead.relay.reservation.Reservations}: who wants to be reachable asks
 * a relay there, and asks again before the place expires. Whom to ask, and when, is the finder's
 * business.
 *
 * <p>Invariants: there is at most one reservation for each relay; it lives only while there is a
 * connection to the relay.
 *
 * <p>Spec: libp2p circuit relay v2, reservations and vouchers.
 */
@NullMarked
package io.fairlead.relay.reservation;

import org.jspecify.annotations.NullMarked;
