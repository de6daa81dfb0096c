package io.fairlead.pubsub;

import java.util.List;

/**
 * A log entry of a contract.
 *
 * @param data {@code 0x} and hex digits
 * @param removed whether the server says that a reorganisation took it back
 * @param raw the entry as the server sent it
 */
public record Log(
    Address address,
    List<Hash> topics,
    String data,
    long blockNumber,
    Hash blockHash,
    Hash transactionHash,
    long transactionIndex,
    long logIndex,
    boolean removed,
    JsonSlice raw) {
  public Log {
    topics = List.copyOf(topics);
  }

  public BlockRef block() {
    return new BlockRef(blockNumber, blockHash);
  }
}
