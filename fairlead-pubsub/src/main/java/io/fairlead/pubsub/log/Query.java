package io.fairlead.pubsub.log;

/** A question to the node. Whoever performs it may use another connection than the live one. */
public sealed interface Query {
  /** The newest block of that kind: one header. */
  record Newest(FinalityTag tag) implements Query {}

  /** The headers of these numbers, both inclusive, ascending; those that exist. */
  record HeadersAt(long from, long to) implements Query {}

  /** The header of this hash, if the node knows it. */
  record HeaderOf(BlockHash hash) implements Query {}

  /** The entries of these blocks, both inclusive. {@code to} is never beyond the known head. */
  record EntriesIn(long from, long to) implements Query {}

  /** The entries of this block. */
  record EntriesOf(BlockHash hash, long number) implements Query {}

  /** Which block a follower follows. */
  enum FinalityTag {
    LATEST,
    SAFE,
    FINALIZED
  }
}
