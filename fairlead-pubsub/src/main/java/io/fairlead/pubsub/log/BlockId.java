package io.fairlead.pubsub.log;

/** A block by number and hash. */
public record BlockId(long number, BlockHash hash) {
  public BlockId {
    if (number < 0) throw new IllegalArgumentException("number: " + number + " (expected: >= 0)");
  }
}
