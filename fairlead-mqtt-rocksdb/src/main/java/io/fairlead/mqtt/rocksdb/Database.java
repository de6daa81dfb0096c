package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.RateLimiter;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * One RocksDB with the families of the store. Its log tolerates nothing but a torn end: a damaged
 * record before it refuses the start.
 *
 * <p>One thread writes; any thread reads. Reads end before {@link #close} goes on, so that nobody
 * reads what was freed.
 */
final class Database implements AutoCloseable {
  private static final long LIST_OF_FILES_AHEAD = 256L << 10;
  private static final long FILES_OF_FIRST_LEVEL = 4;
  private static final long FILES_OF_COMPACTION = 8; // its room, until what it replaces is gone
  private static final long BACKGROUND_BYTES_PER_SECOND = 64L << 20;

  /** A row as it is read. */
  interface Reader {
    void row(byte[] key, byte[] value);
  }

  private final List<RocksObject> owned = new ArrayList<>(); // closed in reverse
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final WriteOptions forced = own(new WriteOptions().setSync(true));
  private final WriteOptions written = own(new WriteOptions().setSync(false));
  private final Sizes sizes;
  private final StoreMemory memory;
  private final Runnable held;
  private @Nullable RocksDB db; // guarded by lock for reads and close

  private Database(Sizes sizes, Runnable held) {
    this.sizes = sizes;
    this.memory = new StoreMemory(sizes);
    this.held = held;
  }

  /** With the memory that a store has unless it is told otherwise. */
  static Database open(Path directory) throws StoreException {
    Optional<ByteSize> memory = Optional.of(StoreSettings.MEMORY);
    return open(directory, Sizes.on(directory, memory), () -> {});
  }

  /**
   * Opens what is there, or makes it. The native library is loaded.
   *
   * @param held called when a write waits for memory
   * @throws StoreException it is damaged, or cannot be written
   */
  static Database open(Path directory, Sizes sizes, Runnable held) throws StoreException {
    Database database = new Database(sizes, held);
    try {
      database.openFiles(directory);
      return database;
    } catch (RocksDBException failure) {
      database.close();
      throw refused(directory, failure);
    }
  }

  private void openFiles(Path directory) throws RocksDBException, StoreException {
    DBOptions options =
        own(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setParanoidChecks(true)
            .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
            .setRecycleLogFileNum(0)
            .setMaxTotalWalSize(sizes.log())
            .setManifestPreallocationSize(LIST_OF_FILES_AHEAD)
            .setAllowConcurrentMemtableWrite(false)
            .setEnablePipelinedWrite(false)
            .setMaxBackgroundJobs(2)
            .setRateLimiter(own(new RateLimiter(BACKGROUND_BYTES_PER_SECOND)))
            .setKeepLogFileNum(2)
            .setMaxLogFileSize(1 << 20)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL);
    memory.bind(options);
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (Family family : Family.values()) {
      descriptors.add(new ColumnFamilyDescriptor(family.bytes(), options(family)));
    }
    checkFamilies(directory, descriptors);
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    db = RocksDB.open(options, directory.toString(), descriptors, opened);
    for (Family family : Family.values()) handles.put(family, opened.get(family.ordinal()));
  }

  private ColumnFamilyOptions options(Family family) {
    boolean busy = family == Family.QUEUE || family == Family.MSG || family == Family.INFLIGHT;
    ColumnFamilyOptions options =
        own(new ColumnFamilyOptions())
            .setWriteBufferSize(busy ? sizes.memtable() : sizes.smallMemtable())
            .setMaxWriteBufferNumber(3)
            .setTargetFileSizeBase(sizes.file())
            .setMaxBytesForLevelBase(FILES_OF_FIRST_LEVEL * sizes.file())
            .setMaxCompactionBytes(FILES_OF_COMPACTION * sizes.file())
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setLevelCompactionDynamicLevelBytes(true);
    memory.bind(options);
    return options;
  }

  /** A family we do not know is one of a later version. */
  private static void checkFamilies(Path directory, List<ColumnFamilyDescriptor> known)
      throws RocksDBException, StoreException {
    try (Options options = new Options()) {
      for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
        if (known.stream().anyMatch(each -> Arrays.equals(each.getName(), name))) continue;
        throw new StoreException(
            StoreCodes.FORMAT,
            "MQTT store "
                + directory
                + ": it has a part that this version does not know: "
                + new String(name, StandardCharsets.UTF_8),
            "use the version that wrote it, or another mqtt.persistence.dir");
      }
    }
  }

  private static StoreException refused(Path directory, RocksDBException failure) {
    Status status = failure.getStatus();
    Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
    String message = "MQTT store " + directory + ": " + failure.getMessage();
    return switch (code) {
      case IOError ->
          new StoreException(
              StoreCodes.UNUSABLE,
              message,
              "make room and let the gateway's user write there, or set mqtt.persistence.dir");
      case Busy, TryAgain ->
          new StoreException(StoreCodes.LOCKED, message, "stop the other process");
      default -> new StoreException(StoreCodes.DAMAGED, message, StoreCodes.mend(directory));
    };
  }

  /**
   * Writes everything of {@code batch}, or nothing; then forces the log to disk, if asked. Waits
   * while there is no memory for it.
   */
  void write(WriteBatch batch, boolean force) throws RocksDBException {
    memory.await(there(), batch.getDataSize(), held);
    there().write(force ? forced : written, batch);
  }

  /** Forces all that was written. */
  void force() throws RocksDBException {
    there().syncWal();
  }

  /** Writes what is in memory only into a file. */
  void flush(Family family) throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      there().flush(options, handle(family));
    }
  }

  /**
   * Writes out what was removed of a family and rewrites the files that it was in. Blocks for as
   * long as that takes.
   *
   * @param how says when to give up
   */
  void sweep(Family family, CompactRangeOptions how) throws RocksDBException {
    lock.readLock().lock();
    try {
      flush(family);
      there().compactRange(handle(family), null, null, how);
    } finally {
      lock.readLock().unlock();
    }
  }

  ColumnFamilyHandle handle(Family family) {
    ColumnFamilyHandle handle = handles.get(family);
    if (handle == null) throw new IllegalStateException("the store is closed");
    return handle;
  }

  byte @Nullable [] get(Family family, byte[] key) {
    lock.readLock().lock();
    try {
      return there().get(handle(family), key);
    } catch (RocksDBException failure) {
      throw unreadable(failure);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Every row of a family, in the order of keys. */
  void forEach(Family family, Reader each) {
    scan(family, null, null, each);
  }

  /** Rows of one session, from a key on. */
  void forEach(Family family, byte[] from, long number, Reader each) {
    scan(family, from, Rows.key(number + 1), each);
  }

  private void scan(Family family, byte @Nullable [] from, byte @Nullable [] to, Reader each) {
    lock.readLock().lock();
    try (ReadOptions options = new ReadOptions();
        Slice bound = to == null ? new Slice("") : new Slice(to)) {
      if (to != null) options.setIterateUpperBound(bound);
      try (RocksIterator rows = there().newIterator(handle(family), options)) {
        if (from == null) rows.seekToFirst();
        else rows.seek(from);
        for (; rows.isValid(); rows.next()) each.row(rows.key(), rows.value());
        rows.status();
      }
    } catch (RocksDBException failure) {
      throw unreadable(failure);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** A way through all rows of a family; closed by who asked, on the same thread. */
  Walk walk(Family family) {
    lock.readLock().lock();
    boolean walks = false;
    try {
      RocksDB open = there();
      ColumnFamilyHandle handle = handle(family);
      Walk walk =
          new Walk(options -> open.newIterator(handle, options), () -> lock.readLock().unlock());
      walks = true;
      return walk;
    } finally {
      if (!walks) lock.readLock().unlock();
    }
  }

  /** Whether background work does not keep up and writes are held back for it. */
  boolean stalled() {
    lock.readLock().lock();
    try {
      RocksDB open = db;
      return open != null
          && (open.getLongProperty("rocksdb.is-write-stopped") != 0
              || open.getLongProperty("rocksdb.actual-delayed-write-rate") != 0
              || memory.full(open));
    } catch (RocksDBException _) {
      return false;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Bytes of native memory that a part takes; 0 when it is closed. */
  long memory(StoreMemory.Part part) {
    lock.readLock().lock();
    try {
      RocksDB open = db;
      return open == null ? 0 : memory.bytes(open, part);
    } catch (RocksDBException _) {
      return 0;
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      handles.values().forEach(RocksObject::close);
      handles.clear();
      if (db != null) db.close();
      db = null;
      for (int i = owned.size() - 1; i >= 0; i--) owned.get(i).close();
      owned.clear();
      memory.close();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private RocksDB there() {
    RocksDB open = db;
    if (open == null) throw new IllegalStateException("the store is closed");
    return open;
  }

  private static Rows.BadRowException unreadable(RocksDBException why) {
    return new Rows.BadRowException("a row", why);
  }

  private <T extends RocksObject> T own(T object) {
    owned.add(object);
    return object;
  }
}
