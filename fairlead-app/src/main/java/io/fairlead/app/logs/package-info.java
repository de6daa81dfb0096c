/**
 * How log events leave the process: one line each, to standard error.
 *
 * <p>Start with {@link LogSetup}, which the log backend finds by itself and the composition root
 * tells level and form; {@link EventEncoder} writes the line.
 *
 * <p>Invariants: an event is one line whatever its message holds; no stack trace above DEBUG except
 * for errors.
 */
@NullMarked
package io.fairlead.app.logs;

import org.jspecify.annotations.NullMarked;
