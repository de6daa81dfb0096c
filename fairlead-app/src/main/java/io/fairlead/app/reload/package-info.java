/**
 * How a configuration becomes the running one: read, compare, prepare everywhere, commit everywhere
 * or discard everywhere.
 *
 * <p>Start with {@link io.fairlead.app.reload.ConfigController}.
 *
 * <p>Invariants: a refused configuration changes nothing; generations are numbered from 1 and each
 * applied change adds one; one change at a time.
 */
@NullMarked
package io.fairlead.app.reload;

import org.jspecify.annotations.NullMarked;
