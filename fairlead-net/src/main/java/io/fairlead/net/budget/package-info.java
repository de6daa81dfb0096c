/**
 * One budget of memory for everything that waits: what it holds, how full it is, and what is given
 * up in which order.
 *
 * <p>Start with {@link io.fairlead.net.budget.MemoryBudget}. Holders of heap register it with an
 * {@link io.fairlead.net.budget.Account}; direct memory is read from the allocator. Whoever can do
 * without some work asks {@link io.fairlead.net.budget.Shedding} before taking it, or registers a
 * {@link io.fairlead.net.budget.Shedder} that gives it up.
 *
 * <p>Invariants: nothing on a hot path takes part in the counting, which samples; the answers of
 * {@code Shedding} are one volatile read; a level is left lower than it was entered.
 */
@NullMarked
package io.fairlead.net.budget;

import org.jspecify.annotations.NullMarked;
