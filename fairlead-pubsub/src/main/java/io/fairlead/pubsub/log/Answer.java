package io.fairlead.pubsub.log;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** What came of a {@link Query}. */
public sealed interface Answer {
  /** Of queries for headers, ascending by number; blocks that do not exist are left out. */
  record Headers(List<BlockHeader> headers) implements Answer {
    public Headers {
      headers = List.copyOf(headers);
    }
  }

  /** Of queries for entries; those marked as removed are left out by whoever reads the answer. */
  record Entries(List<ChainEntry> entries) implements Answer {
    public Entries {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The node refuses as too large.
   *
   * @param spanHint how many blocks it would answer for, where it says so
   */
  record TooMuch(OptionalLong spanHint) implements Answer {}

  /** The node does not know the block asked for. */
  record UnknownBlock() implements Answer {}

  /**
   * No answer; the same question may be asked later.
   *
   * @param retryAfter at least so long; zero when the node did not say
   */
  record Failed(Duration retryAfter) implements Answer {}
}
