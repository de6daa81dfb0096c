/**
 * Subscriptions: what stays the same over connections, and the queues of those who listen.
 *
 * <p>Start with {@link SubscriptionMachine} (the life of one), then {@link ServerIds} (which
 * server's id is which), {@link EarlyItems} (what came before its answer), {@link ItemQueue} (one
 * listener's bounded queue).
 *
 * <p>Invariants: a server's id is valid on one connection only; a subscription that nobody holds is
 * never brought back.
 */
@NullMarked
package io.fairlead.pubsub.subscription;

import org.jspecify.annotations.NullMarked;
