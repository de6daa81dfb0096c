package io.fairlead.pubsub.log;

/** A block by number and hash. */
public record BlockRef(long number, BlockHash hash) {
  public BlockRef {
    if (number < 0) throw new IllegalArgumentException("number: " + number + " (expected: >= 0)");
  }
}
