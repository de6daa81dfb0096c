package io.fairlead.pubsub.log;

/** What a {@link ChainFollower} wants done. */
public sealed interface FollowerEffect {
  /** Ask the node; the answer comes back with the same id, also when it is a failure. */
  record Ask(long queryId, Query query) implements FollowerEffect {}

  /** Hand to the consumer, which has room for it. */
  record Emit(Delivery delivery) implements FollowerEffect {}

  /** Wake at this monotonic time. */
  record WakeAt(long token, long atNanos) implements FollowerEffect {}

  /** The endpoint does not serve; another one may. */
  record FailOver(FailOverCause cause) implements FollowerEffect {}

  /** Something worth a meter. */
  record Count(Tally tally, long by) implements FollowerEffect {}

  /** Nothing more will come. */
  record End(Delivery.GapCause cause) implements FollowerEffect {}

  /** What is wrong with an endpoint. */
  enum FailOverCause {
    /** It stays behind what was seen. */
    LAGS,
    /** It does not answer. */
    FAILS
  }

  /** What is counted. */
  enum Tally {
    /** A round of questions began. */
    FILL_ROUND,
    /** An entry was found by asking. */
    FILLED,
    /** An entry came a second time and was dropped. */
    DUPLICATE,
    /** A removal that the node announced. */
    REMOVED_BY_SERVER,
    /** A removal that was worked out. */
    REMOVED_BY_REORG,
    /** A gap was told. */
    GAP,
    /** A bloom promised what its block does not hold. */
    BLOOM_FALSE_POSITIVE,
    /** Live entries were dropped, to be asked for later. */
    OVERFLOW,
    /** A remembered block was forgotten early, for want of memory. */
    RING_EVICTED
  }
}
