package io.fairlead.registry.model;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where on a chain a change was made. It explains a change, and decides nothing.
 *
 * @param blockHash {@code 0x} and 64 hex digits
 * @param time of the block
 * @param revision the contract's counter after the change, or where it was read
 * @param tx the transaction, when a log of it was found
 * @param logIndex of that log in its block
 */
public record Origin(
    long block,
    String blockHash,
    Instant time,
    long revision,
    Optional<String> tx,
    OptionalLong logIndex) {
  /** The block at which a list was read, when nothing more is known. */
  public static Origin of(Position.Block block) {
    return new Origin(
        block.number(),
        block.hash(),
        block.timestamp(),
        block.revision(),
        Optional.empty(),
        OptionalLong.empty());
  }
}
