/**
 * Keeps local targets (an upstream's members, the accounts of a proxy, a list in a foreign file) in
 * step with a list that is kept elsewhere.
 *
 * <p>Start with {@link io.fairlead.registry.RegistryService}, then {@link
 * io.fairlead.registry.reconcile.Reconciler} (one target's cycle), {@link
 * io.fairlead.registry.plan.Planner} (the pure difference) and {@link
 * io.fairlead.registry.source.RegistrySource} (where lists come from).
 *
 * <p>Invariants: what could not be read is never mistaken for an empty list; a removal is applied
 * fast, an addition may wait; no error ends the loop.
 */
@NullMarked
package io.fairlead.registry;

import org.jspecify.annotations.NullMarked;
