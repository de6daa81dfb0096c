/**
 * No lost and no duplicated logs: follows one chain for one subscription and tells its consumer
 * what was added and what was removed, whatever the node, the network and the chain do.
 *
 * <p>Start with {@link io.fairlead.pubsub.log.ChainFollower} (the machine: live phase, buffers,
 * room of the consumer), then {@code FillRound} (the questions that close a hole), {@code Ring}
 * (what was delivered of the newest blocks) and {@link io.fairlead.pubsub.CursorStore} (what
 * outlives the process).
 *
 * <p>Invariants: an entry is delivered once between two removals of it; what is removed was
 * delivered before; a checkpoint is sent after everything up to its block; nothing here does I/O,
 * reads a clock or rolls dice. The reading of cursor files is the one exception and lives in {@link
 * io.fairlead.pubsub.log.FileCursorStore}.
 */
@NullMarked
package io.fairlead.pubsub.log;

import org.jspecify.annotations.NullMarked;
