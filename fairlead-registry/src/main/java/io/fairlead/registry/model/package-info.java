/**
 * What a list says: {@link io.fairlead.registry.model.Snapshot} of {@link
 * io.fairlead.registry.model.Entry} at one {@link io.fairlead.registry.model.Position}, with
 * addresses and keys in one canonical form.
 *
 * <p>Start with {@link io.fairlead.registry.model.Entry}, then {@link
 * io.fairlead.registry.model.AddressParser} and {@link io.fairlead.core.identity.NodeKey}. Nothing
 * here does I/O, resolves a name or reads a clock.
 *
 * <p>Invariants: a {@link io.fairlead.registry.model.Snapshot} is complete; two texts for one
 * address are one {@link io.fairlead.registry.model.CanonicalAddress#key}; a number that some
 * program would read as an address is never taken for a name.
 */
@NullMarked
package io.fairlead.registry.model;

import org.jspecify.annotations.NullMarked;
