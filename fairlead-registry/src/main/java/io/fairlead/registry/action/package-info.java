/**
 * Makes a process of somebody else read its configuration again, and makes sure that it did.
 *
 * <p>Start with {@link io.fairlead.registry.action.ReloadConfig} (what an operator can ask for) and
 * {@link io.fairlead.registry.action.Reloading} (tries, one after another); {@link
 * io.fairlead.registry.action.ProcessTable} is how a process is recognised before it gets a signal;
 * {@link io.fairlead.registry.action.Verification} watches the outcome.
 *
 * <p>Invariants: a signal goes to the process that was looked at or to nobody; process ids 0 and 1,
 * negative ones and our own never get one (1 only when the operator says so); no shell runs; output
 * kept of a program is bounded; everything ends within its time limit. Nothing throws but {@code
 * InterruptedException}.
 */
@NullMarked
package io.fairlead.registry.action;

import org.jspecify.annotations.NullMarked;
