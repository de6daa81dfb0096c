/**
 * A loop of its own that keeps one list in one foreign configuration file in step with one source,
 * without a gateway around it: what {@code fairlead manage} runs.
 *
 * <p>Start with {@link io.fairlead.registry.manage.ManageLoop}; {@link
 * io.fairlead.registry.manage.ManageSettings} is what it can be told. It is the registry's own
 * engine (source, reconciler, journal, file target) with one thread and no network port.
 *
 * <p>Invariants: no failure ends the loop unless the compatible behaviour is asked for; what a
 * crash interrupted is finished or undone at the next start, and a reload that is owed is sent.
 */
@NullMarked
package io.fairlead.registry.manage;

import org.jspecify.annotations.NullMarked;
