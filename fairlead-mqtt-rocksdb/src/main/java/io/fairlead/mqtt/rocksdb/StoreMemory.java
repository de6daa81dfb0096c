package io.fairlead.mqtt.rocksdb;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBufferManager;

/**
 * Native memory of one database: one cache of blocks, indexes included, in which what the memtables
 * take is reckoned too.
 *
 * <p>Memtables are written out before their bound is met. If the disk is slower than what comes,
 * {@link #await} holds the writing thread until one is: what waits for that thread is bounded, and
 * slows publishers.
 *
 * <p>The database's own way to hold writers is not used: it waits for a memtable that cannot be
 * written for as long as the disk is full, and nobody would be told.
 */
final class StoreMemory implements AutoCloseable {
  /** What takes memory, as the meter names it. */
  enum Part {
    MEMTABLES,
    /** Blocks in the cache that a reader holds. */
    PINNED,
    /** Other blocks in the cache. */
    BLOCKS,
    /** What is remembered of open files. */
    FILES
  }

  private static final int SHARDS_AS_POWER_OF_TWO = 2;
  private static final double FOR_INDEXES = 0.5;
  private static final long LOOK_NANOS = 1_000_000;
  private static final long CHECKS_PER_BOUND = 64;
  private static final String WRITTEN_OUT_SOON = "rocksdb.num-immutable-mem-table";
  private static final String MEMTABLES = "rocksdb.cur-size-all-mem-tables";
  private static final String MEMTABLES_WITH_PINNED = "rocksdb.size-all-mem-tables";
  private static final String FILES = "rocksdb.estimate-table-readers-mem";
  private static final String ERRORS = "rocksdb.background-errors";

  private final Sizes sizes;
  private final LRUCache cache;
  private final @Nullable WriteBufferManager memtables;
  private long unseenBytes; // the writing thread's

  StoreMemory(Sizes sizes) {
    this.sizes = sizes;
    cache = new LRUCache(sizes.cache(), SHARDS_AS_POWER_OF_TWO, false, FOR_INDEXES);
    memtables = sizes.memtables().map(most -> new WriteBufferManager(most, cache)).orElse(null);
  }

  /** To be said before the database is opened. */
  void bind(DBOptions options) {
    if (memtables != null) options.setWriteBufferManager(memtables);
    options.setMaxOpenFiles(sizes.filesOpen());
  }

  /** Likewise, of each family. */
  void bind(ColumnFamilyOptions options) {
    options.setTableFormatConfig(
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(memtables != null)
            .setCacheIndexAndFilterBlocksWithHighPriority(true));
  }

  /**
   * Waits while memtables that are being written out leave no room for {@code bytes} more. The
   * writing thread.
   *
   * @param held called once, if it has to wait
   */
  void await(RocksDB database, long bytes, Runnable held) throws RocksDBException {
    if (memtables == null) return;
    long most = sizes.memtables().orElseThrow();
    unseenBytes += bytes;
    if (unseenBytes < most / CHECKS_PER_BOUND) return;
    unseenBytes = 0;
    boolean waits = false;
    // With nothing being written out, the next write begins it.
    while (database.getAggregatedLongProperty(MEMTABLES) + bytes > most
        && database.getAggregatedLongProperty(WRITTEN_OUT_SOON) > 0
        && database.getLongProperty(ERRORS) == 0) {
      if (!waits) held.run();
      waits = true;
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
  }

  /** Whether the memtables take all they may. */
  boolean full(RocksDB database) throws RocksDBException {
    return memtables != null
        && database.getAggregatedLongProperty(MEMTABLES) > sizes.memtables().orElseThrow();
  }

  /** Bytes taken now. The parts do not overlap. */
  long bytes(RocksDB database, Part part) throws RocksDBException {
    return switch (part) {
      case MEMTABLES -> database.getAggregatedLongProperty(MEMTABLES_WITH_PINNED);
      case FILES -> database.getAggregatedLongProperty(FILES);
      case BLOCKS -> Math.max(0, cache.getUsage() - cache.getPinnedUsage());
      case PINNED -> Math.max(0, cache.getPinnedUsage() - reckonedIn(database));
    };
  }

  /** What the cache's figures hold of the memtables. */
  private long reckonedIn(RocksDB database) throws RocksDBException {
    return memtables == null ? 0 : database.getAggregatedLongProperty(MEMTABLES_WITH_PINNED);
  }

  @Override
  public void close() {
    if (memtables != null) memtables.close();
    cache.close();
  }
}
