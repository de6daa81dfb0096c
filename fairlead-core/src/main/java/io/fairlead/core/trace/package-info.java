/**
 * What took how long, for those who collect traces.
 *
 * <p>Start with {@link io.fairlead.core.trace.Spans}: code that does work of its own, such as a
 * cycle of the registry, tells it when that ends. Requests and streams are told by their lines of
 * the access log instead.
 *
 * <p>Invariant: telling never blocks, and costs one look at a flag while nobody collects.
 */
@NullMarked
package io.fairlead.core.trace;

import org.jspecify.annotations.NullMarked;
