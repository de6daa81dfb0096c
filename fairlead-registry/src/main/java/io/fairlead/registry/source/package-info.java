/**
 * Where lists come from.
 *
 * <p>Start with {@link io.fairlead.registry.source.RegistrySource}: a read is complete or fails, it
 * never gives a part. {@link io.fairlead.registry.source.SourceProvider} is how a kind of source
 * comes in, also from other jars.
 *
 * <p>Invariants: what could not be read is a failure, never an empty list; a proven empty list is a
 * list; no answer of a server is believed beyond its bounds.
 */
@NullMarked
package io.fairlead.registry.source;

import org.jspecify.annotations.NullMarked;
