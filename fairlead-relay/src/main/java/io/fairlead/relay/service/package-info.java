/**
 * Being a relay for others: places are kept, and streams spliced, within limits.
 *
 * <p>Start with {@link io.fairlead.relay.service.RelayService}, which answers the hop protocol;
 * {@link io.fairlead.relay.service.Places} is the table of reservations, {@link
 * io.fairlead.relay.service.Circuits} that of live circuits, {@link
 * io.fairlead.relay.service.Relayed} one of them and {@link io.fairlead.relay.service.Lane} one of
 * its directions. {@link io.fairlead.relay.service.RelayPolicy} says who may do what.
 *
 * <p>Flow: RESERVE → rates → rights → places → answer. CONNECT → rates → rights → place of the peer
 * → circuits → stop stream → answer → splice.
 *
 * <p>Invariants: what is counted is given back exactly once; a stream is opened only on a
 * connection that is there; of a circuit with a bound of bytes exactly so many pass in each
 * direction; whose right ends is in no table and has no circuit when the revocation returned, and
 * what was being set up meanwhile decides again.
 *
 * <p>Spec: libp2p circuit relay v2.
 */
@NullMarked
package io.fairlead.relay.service;

import org.jspecify.annotations.NullMarked;
