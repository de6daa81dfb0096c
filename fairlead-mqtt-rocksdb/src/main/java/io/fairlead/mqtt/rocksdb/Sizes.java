package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How large the parts of a store are made, so that all of them together keep to one bound of
 * memory, and what is still to be written to files finds room in the twentieth of the disk that is
 * left when nothing more is taken.
 *
 * @param memtable of a family that every message passes, before it is written out; bytes
 * @param smallMemtable of the others
 * @param memtables of all families together, at which the oldest is written out
 * @param cache blocks read, indexes of files and the memtables together; bytes
 * @param group of changes that are written as one; bytes
 * @param file that compaction makes; bytes
 * @param log after which memtables are written out, so that their part of it can go; bytes
 * @param filesOpen kept open
 */
record Sizes(
    long memtable,
    long smallMemtable,
    Optional<Long> memtables,
    long cache,
    long group,
    long file,
    long log,
    int filesOpen) {
  /** Every file stays open: without a bound. */
  static final int ALL_FILES = -1;

  private static final long MEMTABLE_MAX = 64L << 20;
  private static final long SMALL_MEMTABLE_MAX = 8L << 20;
  private static final long GROUP_MAX = 32L << 20;
  private static final long FILE_MAX = 64L << 20;
  private static final long LOG_MAX = 256L << 20;
  private static final long UNBOUNDED_CACHE = 256L << 20;
  private static final long UNBOUNDED = Long.MAX_VALUE;
  private static final int FILES_MIN = 64;

  // Beside its index, which is in the cache, an open file takes some ten KiB.
  private static final long MEMORY_OF_FILE = 256L << 10;

  // The log's file takes as much room as a memtable and a tenth, at once: on a small disk one of
  // the
  // usual length would take all there is.
  private static final int MEMTABLE_OF_DISK = 128;
  private static final int MEMTABLES_OF_DISK = 64;
  private static final int FILE_OF_DISK = 512;
  private static final int LOG_OF_DISK = 16;

  /**
   * @param memory for everything but the groups on their way; empty: no bound
   * @param diskBytes the whole file system, free or not
   */
  static Sizes of(Optional<ByteSize> memory, long diskBytes) {
    // Three eighths are left for what nobody reckons: the group that is being written, what is read
    // and written while files are made anew, and what the allocator keeps. Resident memory was seen
    // to exceed the reckoned by a half.
    long most = memory.map(ByteSize::bytes).orElse(UNBOUNDED);
    return new Sizes(
        least(MEMTABLE_MAX, most / 6, diskBytes / MEMTABLE_OF_DISK),
        least(SMALL_MEMTABLE_MAX, most / 32, diskBytes / MEMTABLE_OF_DISK),
        memory.map(bound -> Math.min(bound.bytes() / 8 * 3, diskBytes / MEMTABLES_OF_DISK)),
        memory.map(bound -> bound.bytes() / 8 * 5).orElse(UNBOUNDED_CACHE),
        least(GROUP_MAX, most / 16, diskBytes / MEMTABLE_OF_DISK),
        Math.min(FILE_MAX, diskBytes / FILE_OF_DISK),
        Math.min(LOG_MAX, diskBytes / LOG_OF_DISK),
        memory.isEmpty()
            ? ALL_FILES
            : Math.clamp(most / MEMORY_OF_FILE, FILES_MIN, Integer.MAX_VALUE));
  }

  /** On the disk of a directory that is there, or can be made. */
  static Sizes on(Path directory, Optional<ByteSize> memory) throws StoreException {
    try {
      Path there = directory.toAbsolutePath();
      for (Path up = there; up != null && !Files.exists(there); up = up.getParent()) there = up;
      return of(memory, Files.getFileStore(there).getTotalSpace());
    } catch (IOException failure) {
      throw new StoreException(
          StoreCodes.UNUSABLE,
          "MQTT store " + directory + ": " + failure.getMessage(),
          "let the gateway's user write there, or set mqtt.persistence.dir");
    }
  }

  private static long least(long one, long other, long third) {
    return Math.min(one, Math.min(other, third));
  }
}
