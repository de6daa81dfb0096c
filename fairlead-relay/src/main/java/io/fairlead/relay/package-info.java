/**
 * How a node behind NAT stays reachable: circuits through relays (circuit relay v2), what it knows
 * of its own reachability, and the finder that keeps it supplied with relays.
 *
 * <p>Start with {@link io.fairlead.relay.RelayNode}: a gateway's node as its configuration ({@link
 * io.fairlead.relay.RelayConfig}) says. {@link io.fairlead.relay.RelayClient} alone makes any node
 * use relays, {@link io.fairlead.relay.service.RelayService} makes it one, {@link
 * io.fairlead.relay.finder.AutoRelay} finds relays for it.
 *
 * <p>Invariants: a peer whose membership ended has no connection, place or circuit within a second;
 * only addresses that anyone can reach, or that an operator typed, are dialled.
 */
@NullMarked
package io.fairlead.relay;

import org.jspecify.annotations.NullMarked;
