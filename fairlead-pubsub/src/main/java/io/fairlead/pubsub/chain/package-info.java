/**
 * Chains of a gateway: its configuration section, and the services that follow it.
 *
 * <p>Start with {@link ChainServices}; {@link PubSubConfig} is the section {@code pubsub}.
 *
 * <p>Invariants: an unreachable chain never keeps the gateway from starting; a reload that changes
 * endpoints only keeps every subscription.
 */
@NullMarked
package io.fairlead.pubsub.chain;

import org.jspecify.annotations.NullMarked;
