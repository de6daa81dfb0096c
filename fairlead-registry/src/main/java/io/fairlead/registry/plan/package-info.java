/**
 * What a target needs: the wanted list compared with the list in force, and the rules that may hold
 * the difference.
 *
 * <p>Start with {@link io.fairlead.registry.plan.Item} (one line of a target's list), {@link
 * io.fairlead.registry.plan.Desired} (what the sources want), {@link
 * io.fairlead.registry.plan.Planner} (the pure difference) and {@link
 * io.fairlead.registry.plan.Rails} (what may hold it).
 *
 * <p>Invariants: the same inputs give the same plan and the same plan id; an explicit revocation is
 * never held; an empty wanted list means nobody, never "as before".
 */
@NullMarked
package io.fairlead.registry.plan;

import org.jspecify.annotations.NullMarked;
