/**
 * Chains as the gateway shows them: to operators over the control API, and to MQTT clients as
 * messages of its own broker.
 *
 * <p>Start with {@link io.fairlead.app.pubsub.ChainArea} for the API. {@link
 * io.fairlead.app.pubsub.ChainTopics} is the way from named subscriptions to topics: one {@code
 * NamedFollow} each, which takes events from the chain's service, makes messages of them ({@code
 * ChainPayloads}, {@code EventAbi}) and hands them to a {@link io.fairlead.app.pubsub.TopicOut}.
 *
 * <p>Invariants: a cursor moves on only after every message told before it is safe with the broker;
 * nothing is published while the broker is not open; what waits for the broker is bounded.
 */
@NullMarked
package io.fairlead.app.pubsub;

import org.jspecify.annotations.NullMarked;
