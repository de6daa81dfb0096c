/**
 * Microbenchmarks (JMH) of what runs for every request or every reload: {@code ./dev bench jmh
 * [REGEX]} runs them.
 *
 * <p>Start with {@link HeadScan}; {@link HeadWrite}, {@link RouteChoice} and {@link ConfigRead} are
 * made alike. Each measures one call on data like that of production, and none opens a socket:
 * whole-process figures come from the scripts in {@code bench/}.
 *
 * <p>Invariants: a benchmark returns what it computed, so that nothing is optimised away; states
 * belong to one thread; figures are quoted only with the machine and all rounds (at least five).
 */
@NullMarked
package io.fairlead.bench;

import org.jspecify.annotations.NullMarked;
