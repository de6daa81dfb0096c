package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.unit.ByteSize;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and how a store keeps what it keeps.
 *
 * @param directory of its own; made when it is not there
 * @param library where the native library is unpacked, once for each version
 * @param minFree disk space below which nothing more is taken; at most a twentieth of the disk
 *     counts
 * @param memory that the database may take beside the Java heap; empty: no bound
 */
public record StoreSettings(
    Path directory,
    Path library,
    Durability durability,
    ByteSize minFree,
    Optional<ByteSize> memory) {
  /** Enough for everything that is soon done with never to reach a file. */
  public static final ByteSize MEMORY = ByteSize.ofMebi(128);
}
