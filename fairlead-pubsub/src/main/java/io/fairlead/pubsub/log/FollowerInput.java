package io.fairlead.pubsub.log;

/** What happens to a {@link ChainFollower}. */
public sealed interface FollowerInput {
  /** The node answered the live subscriptions: everything that happens from now on is pushed. */
  record Attached() implements FollowerInput {}

  /** The live subscriptions are gone. Answers to earlier questions may still come. */
  record Detached() implements FollowerInput {}

  /** A head was pushed. */
  record HeadSeen(BlockHeader header) implements FollowerInput {}

  /** A log was pushed; {@code removed} is the node's own mark. */
  record LogSeen(ChainEntry entry, boolean removed) implements FollowerInput {}

  /** A question was answered. */
  record Answered(long queryId, Answer answer) implements FollowerInput {}

  /** A wake-up that was asked for is due. */
  record Woken(long token) implements FollowerInput {}

  /** The consumer can take so many deliveries more than it could before. */
  record Room(int deliveries) implements FollowerInput {}

  /** Ask again about every remembered block from this number on. */
  record Recheck(long fromBlock) implements FollowerInput {}
}
