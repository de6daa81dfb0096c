/**
 * Keeps local targets (an upstream's members, the accounts of a proxy, a list in a foreign file) in
 * step with a list that is kept elsewhere.
 *
 * <p>Invariants: what could not be read is never mistaken for an empty list; a removal is applied
 * fast, an addition may wait; no error ends the loop.
 */
@NullMarked
package io.fairlead.registry;

import org.jspecify.annotations.NullMarked;
