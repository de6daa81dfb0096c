/**
 * Whether others can dial this node, and where it says it can be reached.
 *
 * <p>Start with {@link io.fairlead.relay.reachability.AdvertisedAddresses}, which turns what is
 * known into what is announced. {@link io.fairlead.relay.reachability.AutoNatClient} asks peers
 * whether they can dial this node at all, and keeps a {@link
 * io.fairlead.relay.reachability.ReachabilityState}; {@link
 * io.fairlead.relay.reachability.AddressProber} asks for each address, and keeps an {@link
 * io.fairlead.relay.reachability.AddressTracker} of each; {@link
 * io.fairlead.relay.reachability.AutoNat2Server} answers such questions of others.
 *
 * <p>Flow: probe → state or tracker → {@code HostEvent} → advertised addresses → {@code
 * Host.announce}.
 *
 * <p>Invariants: one answer never turns what several have confirmed; nobody makes this node dial an
 * address that is not public, or another's address without paying for it first; probes and answers
 * are bounded in number, rate and time.
 *
 * <p>Spec: libp2p AutoNAT v1 and v2.
 */
@NullMarked
package io.fairlead.relay.reachability;

import org.jspecify.annotations.NullMarked;
