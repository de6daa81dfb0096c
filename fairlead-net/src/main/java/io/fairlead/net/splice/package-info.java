/**
 * Relaying bytes between two channels of one event loop without copying them.
 *
 * <p>Start with {@link io.fairlead.net.splice.Splice}. The sizes of its buffers are those of {@link
 * io.fairlead.net.loop.RelayBuffers}.
 *
 * <p>Invariants: a side is read only while the other can take more; what was read is written before
 * the end of the stream is passed on; a splice ends once, with one reason, and closes both
 * channels.
 */
@NullMarked
package io.fairlead.net.splice;

import org.jspecify.annotations.NullMarked;
