/**
 * Several nodes that serve one chain: which of them to use, and what to believe of what they tell.
 *
 * <p>Start with {@link io.fairlead.pubsub.endpoint.EndpointChooser} (one at a time: health,
 * changing over, going back) and {@link io.fairlead.pubsub.endpoint.Agreement} (several at once:
 * the first copy, or what enough of them say). {@link io.fairlead.pubsub.endpoint.RequestBudget}
 * keeps to a node's rate.
 *
 * <p>Invariants: an endpoint that serves is not left because another one is better a moment later;
 * what fewer than the asked number of endpoints hold is not told as certain. Nothing here does I/O
 * or reads a clock.
 */
@NullMarked
package io.fairlead.pubsub.endpoint;

import org.jspecify.annotations.NullMarked;
