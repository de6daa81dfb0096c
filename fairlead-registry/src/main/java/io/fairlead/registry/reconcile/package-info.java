/**
 * Keeps one target in step: read, plan, hold or apply, journal, verify, roll back.
 *
 * <p>Start with {@link io.fairlead.registry.reconcile.Reconciler} (one cycle, called by one
 * thread), then {@link io.fairlead.registry.reconcile.PlanJournal} (what a crash may interrupt) and
 * {@link io.fairlead.registry.reconcile.StateFile} (what a restart must know).
 *
 * <p>Invariants: each step is durable before the next; a cycle compares whole lists and trusts no
 * hint; no error ends the loop; a held plan never holds an explicit revocation.
 */
@NullMarked
package io.fairlead.registry.reconcile;

import org.jspecify.annotations.NullMarked;
