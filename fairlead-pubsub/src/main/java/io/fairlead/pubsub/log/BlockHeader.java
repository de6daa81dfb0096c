package io.fairlead.pubsub.log;

/**
 * What a follower reads of a block's header.
 *
 * @param json the header as the node sent it; never changed after it is handed over
 */
public record BlockHeader(long number, BlockHash hash, BlockHash parent, Bloom bloom, byte[] json) {
  public BlockHeader {
    if (number < 0) throw new IllegalArgumentException("number: " + number + " (expected: >= 0)");
  }

  /** Its name. */
  public BlockId id() {
    return new BlockId(number, hash);
  }

  /** Whether this block is the child of that one. */
  public boolean extendsBlock(long parentNumber, BlockHash parentHash) {
    return number == parentNumber + 1 && parent.equals(parentHash);
  }

  @Override
  public String toString() {
    return number + ":" + hash.toString().substring(0, 10);
  }
}
