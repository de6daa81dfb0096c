/**
 * How a configuration becomes the running one: read, compare, prepare everywhere, write down,
 * commit everywhere or discard everywhere; and how it is undone.
 *
 * <p>Start with {@link io.fairlead.app.reload.ConfigController}; what it is made of is {@link
 * io.fairlead.app.reload.ConfigInputs}, what is remembered {@link
 * io.fairlead.app.reload.ConfigState}. {@link io.fairlead.app.reload.FileWatch} and {@link
 * io.fairlead.app.reload.RegistryLayer} bring changes nobody asks for by hand.
 *
 * <p>Invariants: a refused configuration changes nothing; generations are numbered from 1 over
 * restarts, each applied change adds one; one change at a time; a change that cannot be written
 * down is not made; what waits for confirmation does not survive a restart.
 */
@NullMarked
package io.fairlead.app.reload;

import org.jspecify.annotations.NullMarked;
