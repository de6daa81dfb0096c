package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StoreLock;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.RetainedStore;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.StoreException;
import io.fairlead.mqtt.store.Stowage;
import io.fairlead.mqtt.store.WillStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everything on disk. Nothing is written, and the native library is not loaded, before there
 * is something to keep.
 *
 * <p>Thread-safe; {@link #open} and {@link #close} by one thread at a time.
 */
public final class RocksDbStore implements BrokerStore {
  /** A clock this far behind the last write is not believed. */
  private static final Duration CLOCK_BEHIND_MAX = Duration.ofDays(1);

  /** What one opening holds. */
  private record Held(
      StoreLock lock,
      Ledger ledger,
      Counters counters,
      Committer committer,
      Shelf shelf,
      Reader reader) {}

  private final StoreSettings settings;
  private final Clock clock;
  private final UnaryOperator<Committer.Disk> around;
  private final StoreMeters meters;
  private final SessionStore sessions = new RocksSessions(this);
  private final QueueStore queues = new RocksQueues(this);
  private final GroupStore groups = new RocksGroups(this);
  private final RetainedStore retained = new RocksRetained(this);
  private final WillStore wills = new RocksWills(this);
  private final Pace pace = new Pace();
  private volatile @Nullable Held held;

  /** The database, once there is one. */
  static final class Shelf {
    volatile @Nullable Database database;
  }

  public RocksDbStore(StoreSettings settings, Meters meters, Clock clock) {
    this(settings, meters, clock, disk -> disk);
  }

  /**
   * @param around what is laid around the disk, such as one that fails
   */
  RocksDbStore(
      StoreSettings settings, Meters meters, Clock clock, UnaryOperator<Committer.Disk> around) {
    this.around = around;
    this.settings = settings;
    this.clock = clock;
    this.meters =
        new StoreMeters(
            meters,
            () -> held == null ? 0 : there().committer().queuedBytes(),
            () -> held == null ? 0 : there().ledger().size(),
            this::stalled,
            this::memory);
  }

  @Override
  public void open() throws StoreException {
    if (held != null) throw new IllegalStateException("the store is open");
    Path directory = settings.directory();
    StoreLock lock = locked(directory);
    Shelf shelf = new Shelf();
    try {
      held = opened(directory, lock, shelf);
    } finally {
      if (held == null) {
        Database database = shelf.database;
        if (database != null) database.close();
        lock.close();
      }
    }
    there().committer().start();
  }

  private Held opened(Path directory, StoreLock lock, Shelf shelf) throws StoreException {
    Sizes sizes = Sizes.on(directory, settings.memory());
    Marks floor = new Marks(directory.resolve("floor"));
    Marks written = new Marks(directory.resolve("clock"));
    checkClock(written);
    long forced = floor.read().orElse(0);
    Ledger ledger = new Ledger();
    Counters counters = new Counters();
    boolean there = Files.exists(directory.resolve("CURRENT"));
    if (there) {
      Database database = open(shelf, sizes);
      new Recovery(directory, database, ledger, counters).read(forced);
    } else {
      checkEmpty(directory, forced);
    }
    Database database = shelf.database;
    Committer committer =
        new Committer(
            new Committer.Ground(
                ledger, counters, floor, written, settings.durability(), pace, sizes.group()),
            database == null ? null : around.apply(new DatabaseDisk(database)),
            () -> firstDisk(shelf, sizes, ledger, counters),
            new DiskRoom(directory, settings.minFree(), sizes.group()),
            clock,
            meters);
    return new Held(lock, ledger, counters, committer, shelf, new Reader(committer::cannotRead));
  }

  private Committer.Disk firstDisk(Shelf shelf, Sizes sizes, Ledger ledger, Counters counters)
      throws StoreException {
    Database database = open(shelf, sizes);
    new Recovery(settings.directory(), database, ledger, counters).read(0);
    return around.apply(new DatabaseDisk(database));
  }

  private Database open(Shelf shelf, Sizes sizes) throws StoreException {
    NativeLibrary.load(settings.library());
    Database database = Database.open(settings.directory(), sizes, meters::held);
    shelf.database = database;
    return database;
  }

  private void checkClock(Marks written) throws StoreException {
    long last = written.read().orElse(Long.MIN_VALUE);
    long now = clock.wall().toEpochMilli();
    if (last == Long.MIN_VALUE || last - now <= CLOCK_BEHIND_MAX.toMillis()) return;
    throw new StoreException(
        StoreCodes.CLOCK,
        "MQTT store "
            + settings.directory()
            + " was last written at "
            + java.time.Instant.ofEpochMilli(last)
            + "; the clock says "
            + clock.wall(),
        "set the clock; or, if it is right, remove the store's file `clock`");
  }

  /** Without its beginning a database would be made anew over the rest of an old one. */
  private static void checkEmpty(Path directory, long forced) throws StoreException {
    try (Stream<Path> files = Files.list(directory)) {
      Optional<Path> rest =
          files
              .filter(each -> each.getFileName().toString().matches(".*\\.(sst|log)|MANIFEST-.*"))
              .findAny();
      if (rest.isPresent()) {
        throw new StoreException(
            StoreCodes.DAMAGED,
            "MQTT store " + directory + ": no file CURRENT beside " + rest.get().getFileName(),
            StoreCodes.mend(directory));
      }
    } catch (IOException failure) {
      throw unusable(directory, failure.getMessage());
    }
    if (forced > 0) {
      throw new StoreException(
          StoreCodes.LESS,
          "MQTT store " + directory + " is empty; group " + forced + " was forced to disk before",
          "restore the whole directory; or accept the loss and remove its file `floor`");
    }
  }

  private static StoreLock locked(Path directory) throws StoreException {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      if (!Files.isWritable(directory)) throw new IOException("it cannot be written");
      StoreLock lock = new StoreLock(directory);
      if (!lock.take()) {
        throw new StoreException(
            StoreCodes.LOCKED,
            "MQTT store " + directory + " is in use by another process",
            "stop the other gateway, or set mqtt.persistence.dir");
      }
      return lock;
    } catch (IOException | StartException | UnsupportedOperationException failure) {
      throw unusable(directory, failure.getMessage());
    }
  }

  private static StoreException unusable(Path directory, @Nullable String why) {
    return new StoreException(
        StoreCodes.UNUSABLE,
        "MQTT store " + directory + ": " + why,
        "let the gateway's user write there, or set mqtt.persistence.dir");
  }

  @Override
  public SessionStore sessions() {
    return sessions;
  }

  @Override
  public QueueStore queues() {
    return queues;
  }

  @Override
  public GroupStore groups() {
    return groups;
  }

  @Override
  public RetainedStore retained() {
    return retained;
  }

  @Override
  public WillStore wills() {
    return wills;
  }

  @Override
  public Batch begin() {
    return new Changes();
  }

  @Override
  public void commit(Batch batch, Executor executor, Runnable committed) {
    if (batch.isEmpty()) committed.run();
    else submit(Changes.of(batch), executor, committed);
  }

  @Override
  public void commit(Batch batch) {
    if (!batch.isEmpty()) submit(Changes.of(batch), Runnable::run, null);
  }

  private void submit(Changes changes, Executor executor, @Nullable Runnable committed) {
    Held now = held;
    if (now == null) return; // closed: nothing completes any more
    changes.seal(now.counters()::nextMessage);
    now.committer().submit(changes, executor, committed);
  }

  @Override
  public void linger(Duration most) {
    pace.linger(most);
  }

  @Override
  public boolean congested() {
    Held now = held;
    return now != null && now.committer().congested();
  }

  @Override
  public Condition condition() {
    Held now = held;
    return now == null ? Condition.FAILED : now.committer().condition();
  }

  @Override
  public Optional<String> trouble() {
    Held now = held;
    return now == null
        ? Optional.empty()
        : Optional.of(now.committer().trouble()).filter(text -> !text.isEmpty());
  }

  @Override
  public void close() {
    Held now = held;
    held = null;
    if (now == null) return;
    now.reader().close();
    now.committer().close();
    now.lock().close();
  }

  /** A number for a session or a group. */
  long nextNumber() {
    return there().counters().nextSession();
  }

  /** Whether a session may have rows there. */
  boolean has(long number, Family family) {
    return there().ledger().has(number, family);
  }

  /** Where a queue begins; 0: nothing waits in it. */
  long headOf(long number) {
    return there().ledger().headOf(number);
  }

  /** How many rows of a family there are. Blocks. */
  int rows(Family family) {
    Database database = database();
    int count = 0;
    if (database == null) return count;
    try (Walk rows = database.walk(family)) {
      for (; rows.there(); rows.next()) count++;
    }
    return count;
  }

  Stowage leftOf(long number) {
    return there().ledger().leftOf(number);
  }

  /**
   * Reads away from the thread that asks; what cannot be read fails the store.
   *
   * @param reading gets null while nothing was ever written
   */
  <T> void read(Function<@Nullable Database, T> reading, Executor executor, Consumer<T> then) {
    Held now = held;
    if (now == null) return;
    now.reader().read(() -> reading.apply(now.shelf().database), executor, then);
  }

  /** Runs when all that was committed so far can be read; never if it cannot be written. */
  void afterCommits(Executor executor, Runnable then) {
    Held now = held;
    if (now != null) now.committer().submit(Changes.none(), executor, then);
  }

  Set<Long> lentOf(long number) {
    return there().ledger().lentOf(number);
  }

  long lastSequence(long number) {
    return there().ledger().lastOf(number);
  }

  /** Null while there is nothing to read. */
  @Nullable Database database() {
    return there().shelf().database;
  }

  private boolean stalled() {
    Held now = held;
    Database database = now == null ? null : now.shelf().database;
    return database != null && database.stalled();
  }

  private long memory(StoreMemory.Part part) {
    Held now = held;
    Database database = now == null ? null : now.shelf().database;
    return database == null ? 0 : database.memory(part);
  }

  private Held there() {
    Held now = held;
    if (now == null) throw new IllegalStateException("the store is not open");
    return now;
  }

  /** Room on the disk of a directory. */
  private record DiskRoom(Path directory, ByteSize least, long pace) implements Committer.Room {
    @Override
    public boolean enough() throws IOException {
      return StoreRoom.of(directory, least).enough();
    }
  }
}
