package io.fairlead.pubsub.log;

/**
 * One thing that a block holds and a consumer is told: a log, or the head itself where heads are
 * followed. Its key is {@code (blockHash, index)}: the same transaction in another block is another
 * entry.
 *
 * @param index the log's index in its block; 0 for a head
 * @param json as the node sent it; never changed after it is handed over
 */
public record ChainEntry(long blockNumber, BlockHash blockHash, int index, byte[] json) {
  /** What an entry costs beyond its text. */
  static final int OVERHEAD_BYTES = 120;

  public ChainEntry {
    if (blockNumber < 0 || index < 0) {
      throw new IllegalArgumentException(
          "entry: " + blockNumber + "/" + index + " (expected: >= 0)");
    }
  }

  long bytes() {
    return json.length + OVERHEAD_BYTES;
  }

  @Override
  public String toString() {
    return blockNumber + ":" + blockHash.toString().substring(0, 10) + ":" + index;
  }
}
