/**
 * AutoRelay: keeps a node that cannot be dialled supplied with relays, and says through which
 * addresses it can be reached.
 *
 * <p>Start with {@link io.fairlead.relay.finder.RelayFinder} (the machine), then {@link
 * io.fairlead.relay.finder.FinderInput} and {@link io.fairlead.relay.finder.FinderEffect}. {@link
 * io.fairlead.relay.finder.FinderDriver} performs its effects on a node; {@link
 * io.fairlead.relay.finder.AutoRelay} runs it while the node is not known to be reachable. {@link
 * io.fairlead.relay.finder.RelaySelection} orders candidates.
 *
 * <p>Flow: source → offer → check → candidate → reservation → addresses.
 *
 * <p>Invariants: never more relays than desired, apart from those that only lapse; addresses of a
 * relay that was lost are said until its time of grace is over; one search and one new reservation
 * at a time; every search, check and reservation that is asked for is answered or abandoned.
 */
@NullMarked
package io.fairlead.relay.finder;

import org.jspecify.annotations.NullMarked;
