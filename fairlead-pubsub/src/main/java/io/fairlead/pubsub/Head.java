package io.fairlead.pubsub;

import java.util.Optional;

/**
 * The header of a block, as far as following a chain needs it.
 *
 * @param timestampSeconds since 1970, as the block says
 * @param logsBloom {@code 0x} and 512 hex digits; empty where the node leaves it out
 */
public record Head(
    long number, Hash hash, Hash parentHash, long timestampSeconds, Optional<String> logsBloom) {
  public BlockRef ref() {
    return new BlockRef(number, hash);
  }
}
