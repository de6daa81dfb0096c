package io.fairlead.pubsub.log;

/** What a follower tells its consumer, in order. */
public sealed interface Delivery {
  /** An entry became part of the chain. */
  record Added(ChainEntry entry, Origin origin) implements Delivery {}

  /** An entry that was added is no longer part of the chain. */
  record Removed(ChainEntry entry, Cause cause) implements Delivery {}

  /** Blocks whose entries are not, or not certainly, what the consumer has. Inclusive. */
  record Gap(long fromBlock, long toBlock, GapCause cause) implements Delivery {}

  /** Everything up to this block was delivered before this. */
  record Checkpoint(Cursor cursor) implements Delivery {}

  /** What it costs to keep. */
  default int bytes() {
    return switch (this) {
      case Added(ChainEntry entry, var _) -> (int) entry.bytes();
      case Removed(ChainEntry entry, var _) -> (int) entry.bytes();
      case Gap _, Checkpoint _ -> ChainEntry.OVERHEAD_BYTES;
    };
  }

  /** How an entry came to be known. */
  enum Origin {
    /** Pushed by the node. */
    LIVE,
    /** Asked for, to close a hole. */
    GAP_FILL,
    /** Asked for, although there was no sign of trouble. */
    AUDIT,
    /** Told by too few endpoints; whoever agreed otherwise was waited for. */
    FLAGGED
  }

  /** Who said that an entry went away. */
  enum Cause {
    /** The node did. */
    SERVER,
    /** Its block is no longer on the chain. */
    REORG
  }

  /** Why a range is not certain. */
  enum GapCause {
    /** The chain changed below everything that is remembered. */
    DEEP_REORG,
    /** The node does not answer even for one block. */
    PROVIDER_LIMIT,
    /** The chain kept changing while it was read; reading goes on. */
    UNSTABLE,
    /** What was missed cannot be asked for. */
    NOT_RECOVERABLE
  }
}
