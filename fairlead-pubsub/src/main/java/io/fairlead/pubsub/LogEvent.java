package io.fairlead.pubsub;

/** What happens to the set of logs that a filter matches. */
public sealed interface LogEvent {
  /** A log is there. */
  record Added(Log log, Origin origin) implements LogEvent {}

  /** A log that was there is gone. */
  record Removed(Log log, Reason reason) implements LogEvent {}

  /** Logs of these blocks, both included, could not be told. */
  record Gap(long fromBlock, long toBlock, GapReason reason) implements LogEvent {}

  /** Everything up to this block was told. */
  record Checkpoint(BlockRef upTo) implements LogEvent {}

  /** How a log became known. */
  enum Origin {
    LIVE,
    GAP_FILL,
    AUDIT,
    /** Told by fewer endpoints than a quorum wants, after its time was over. */
    FLAGGED
  }

  /** Why a log is gone. */
  enum Reason {
    /** Its block left the chain. */
    REORG,
    /** The server said so. */
    SERVER
  }

  /** Why something could not be told. */
  enum GapReason {
    /** The chain changed further back than is remembered. */
    DEEP_REORG,
    /** The server refuses even one block's answer. */
    PROVIDER_LIMIT,
    /** The chain changed under every attempt to read it. */
    UNSTABLE,
    /** There is no way to ask for what was missed. */
    NOT_RECOVERABLE
  }
}
