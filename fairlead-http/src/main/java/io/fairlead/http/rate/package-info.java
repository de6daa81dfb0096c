/**
 * Rates of requests: zones that count by a key, such as the client's address, with the generic cell
 * rate algorithm.
 *
 * <p>Start with {@link Gcra} (one key's arithmetic), then {@link Zone} (many keys, bounded), then
 * {@link Zones} (what the configuration names; it survives reloads).
 *
 * <p>Invariants: a zone never holds more keys than it may, and forgets the one not seen for the
 * longest time; a change of its numbers keeps what each key has used up.
 */
@NullMarked
package io.fairlead.http.rate;

import org.jspecify.annotations.NullMarked;
