/**
 * A byte stream between two event loops: {@link io.fairlead.net.pipe.Pipe} gives a pair of
 * channels, each at home on a loop of its own, so that whatever joins channels of one loop can
 * reach a connection of another.
 *
 * <p>Invariants: buffers are handed over, never copied; what one end wrote and the other did not
 * read is bounded; an end of direction, a close and a reset arrive in order behind the bytes.
 */
@NullMarked
package io.fairlead.net.pipe;

import org.jspecify.annotations.NullMarked;
