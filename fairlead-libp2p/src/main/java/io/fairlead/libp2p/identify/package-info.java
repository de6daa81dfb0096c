/**
 * What peers tell each other about themselves, checked: the messages of identify and of its push,
 * which of a peer's addresses are believed, and what several peers say our own address is.
 *
 * <p>Start with {@link io.fairlead.libp2p.identify.Learned}, then {@link
 * io.fairlead.libp2p.identify.IdentifyParts} for the way on the wire, {@link
 * io.fairlead.libp2p.identify.ObservedAddresses} for our own addresses and {@link
 * io.fairlead.libp2p.identify.PushThrottle} for those who push too often.
 *
 * <p>Nothing here does I/O or reads a clock of its own; every table has a bound.
 */
@NullMarked
package io.fairlead.libp2p.identify;

import org.jspecify.annotations.NullMarked;
