/**
 * The only source of time: {@link io.fairlead.core.time.Clock} for reading it, {@link
 * io.fairlead.core.time.Timers} for being woken.
 */
@NullMarked
package io.fairlead.core.time;

import org.jspecify.annotations.NullMarked;
