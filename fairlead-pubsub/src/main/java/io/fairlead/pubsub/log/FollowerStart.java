package io.fairlead.pubsub.log;

import java.util.List;

/** Where a follower begins. */
public sealed interface FollowerStart {
  /** With this block, whether it exists already or not. */
  record FromBlock(long number) implements FollowerStart {
    public FromBlock {
      if (number < 0) throw new IllegalArgumentException("number: " + number + " (expected: >= 0)");
    }
  }

  /**
   * After the last of these headers, which were read before the subscription was asked for.
   *
   * @param recent ascending and linked, at least one; more of them let a reorg below the last one
   *     be followed
   */
  record After(List<BlockHeader> recent) implements FollowerStart {
    public After {
      recent = List.copyOf(recent);
      if (recent.isEmpty()) throw new IllegalArgumentException("recent: 0 (expected: >= 1)");
    }
  }

  /** Where an earlier follower of the same filter stood. */
  record Resume(Cursor cursor) implements FollowerStart {}
}
