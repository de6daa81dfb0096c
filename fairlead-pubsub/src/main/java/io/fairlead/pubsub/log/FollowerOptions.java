package io.fairlead.pubsub.log;

import io.fairlead.pubsub.log.Query.FinalityTag;

/**
 * How a follower follows.
 *
 * @param content what is followed
 * @param passThrough live logs are handed on at once, before their block is asked about; otherwise
 *     block by block, in order, after the node confirmed the block's content by its hash
 * @param confirmations blocks that must stand on top of one before it is told; implies block by
 *     block
 * @param finality which head is followed; other than the latest implies block by block
 * @param reorgDepth blocks that are remembered to tell what was removed, 2 – 10 000
 * @param ringBytes memory for remembered entries; over it, old blocks are forgotten early
 * @param bufferBytes memory for live entries that wait for a round of questions
 * @param capacity deliveries the consumer's queue holds when empty; a live follower that fell
 *     behind begins anew when three quarters of it are free
 * @param continueAfterDeepReorg whether to go on after a reorg below everything remembered
 */
public record FollowerOptions(
    Content content,
    boolean passThrough,
    int confirmations,
    FinalityTag finality,
    int reorgDepth,
    long ringBytes,
    long bufferBytes,
    int capacity,
    boolean continueAfterDeepReorg) {
  /** What is followed. */
  public enum Content {
    LOGS,
    HEADS
  }

  private static final long MEBI = 1024L * 1024;

  /** Logs as they come, holes closed. */
  public static final FollowerOptions RESUMED =
      new FollowerOptions(
          Content.LOGS, true, 0, FinalityTag.LATEST, 128, 32 * MEBI, 8 * MEBI, 1024, false);

  /** Logs block by block. */
  public static final FollowerOptions EXACT =
      new FollowerOptions(
          Content.LOGS, false, 0, FinalityTag.LATEST, 128, 32 * MEBI, 8 * MEBI, 1024, false);

  /** Heads. */
  public static final FollowerOptions HEADS =
      new FollowerOptions(
          Content.HEADS, false, 0, FinalityTag.LATEST, 128, 32 * MEBI, 8 * MEBI, 1024, false);

  public FollowerOptions {
    if (reorgDepth < 2 || reorgDepth > 10_000) {
      throw new IllegalArgumentException("reorgDepth: " + reorgDepth + " (expected: 2 - 10000)");
    }
    if (confirmations < 0 || confirmations >= reorgDepth) {
      throw new IllegalArgumentException(
          "confirmations: " + confirmations + " (expected: 0 - " + (reorgDepth - 1) + ")");
    }
    if (capacity < 4) {
      throw new IllegalArgumentException("capacity: " + capacity + " (expected: >= 4)");
    }
    if (ringBytes < 1 || bufferBytes < 1) {
      throw new IllegalArgumentException(
          "ringBytes, bufferBytes: " + ringBytes + ", " + bufferBytes + " (expected: >= 1)");
    }
    if (confirmations > 0 || finality != FinalityTag.LATEST || content == Content.HEADS) {
      passThrough = false;
    }
  }

  public FollowerOptions withConfirmations(int blocks) {
    return new FollowerOptions(
        content,
        passThrough,
        blocks,
        finality,
        reorgDepth,
        ringBytes,
        bufferBytes,
        capacity,
        continueAfterDeepReorg);
  }

  public FollowerOptions withFinality(FinalityTag tag) {
    return new FollowerOptions(
        content,
        passThrough,
        confirmations,
        tag,
        reorgDepth,
        ringBytes,
        bufferBytes,
        capacity,
        continueAfterDeepReorg);
  }

  public FollowerOptions withReorgDepth(int blocks) {
    return new FollowerOptions(
        content,
        passThrough,
        confirmations,
        finality,
        blocks,
        ringBytes,
        bufferBytes,
        capacity,
        continueAfterDeepReorg);
  }

  public FollowerOptions withMemory(long ring, long buffer) {
    return new FollowerOptions(
        content,
        passThrough,
        confirmations,
        finality,
        reorgDepth,
        ring,
        buffer,
        capacity,
        continueAfterDeepReorg);
  }

  public FollowerOptions withCapacity(int deliveries) {
    return new FollowerOptions(
        content,
        passThrough,
        confirmations,
        finality,
        reorgDepth,
        ringBytes,
        bufferBytes,
        deliveries,
        continueAfterDeepReorg);
  }

  public FollowerOptions continuingAfterDeepReorg() {
    return new FollowerOptions(
        content,
        passThrough,
        confirmations,
        finality,
        reorgDepth,
        ringBytes,
        bufferBytes,
        capacity,
        true);
  }
}
