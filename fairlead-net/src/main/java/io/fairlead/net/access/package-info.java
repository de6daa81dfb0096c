/**
 * Who may go where: ordered rules on account, client, destination, port, membership and time.
 *
 * <p>Start with {@link AccessList} (the decision), then {@link AccessRule} (one line of it), then
 * {@link AccessTypes} (how configuration writes both). Every service that carries traffic for
 * someone decides with these classes, so that a rule means the same everywhere.
 *
 * <p>Invariants: the first rule that fits decides; a rule whose answer depends on an address nobody
 * knows yet postpones the decision, it is never skipped. Nothing here does I/O or reads a clock.
 */
@NullMarked
package io.fairlead.net.access;

import org.jspecify.annotations.NullMarked;
