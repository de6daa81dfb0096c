package io.fairlead.pubsub;

import java.util.OptionalLong;

/** Whether the node is catching up with its chain. */
public record SyncStatus(
    boolean syncing,
    OptionalLong startingBlock,
    OptionalLong currentBlock,
    OptionalLong highestBlock) {}
