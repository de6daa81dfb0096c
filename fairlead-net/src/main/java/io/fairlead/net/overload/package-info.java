/**
 * What the gateway does when there is more work than it can carry: it notices early, refuses new
 * work with an answer that says when to come back, and goes on with what it has.
 *
 * <p>Start with {@link io.fairlead.net.overload.LoadWatch}, which samples the memory budget and
 * hands its level to the relays; {@link io.fairlead.net.overload.SheddingEdge} refuses requests and
 * {@link io.fairlead.net.overload.SheddingDials} flows on event loops that are late.
 *
 * <p>Invariants: what is under way is never refused; the control API is not behind any of this; a
 * decision on a hot path reads one flag.
 */
@NullMarked
package io.fairlead.net.overload;

import org.jspecify.annotations.NullMarked;
