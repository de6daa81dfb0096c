package io.fairlead.pubsub;

/** What happens to the canonical chain of headers. */
public sealed interface HeadEvent {
  /** The header extends the chain told so far. */
  record Added(Head head, LogEvent.Origin origin) implements HeadEvent {}

  /** The header, last of those told, left the chain. */
  record Removed(Head head) implements HeadEvent {}

  /** Headers of these blocks could not be told. */
  record Gap(long fromBlock, long toBlock, LogEvent.GapReason reason) implements HeadEvent {}
}
