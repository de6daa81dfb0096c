package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StoreLock;
import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/**
 * Looks through a store that no gateway uses, row by row, and saves what is sound into a new one.
 * The old one is not changed, but for its lock file. Blocks.
 *
 * <p>A damaged block may have held that a message was done with: such a message comes back, and one
 * of QoS 2 may so reach its receiver twice.
 */
public final class StoreSalvage {
  private static final String BACKUP = "restore it from a backup";

  private StoreSalvage() {}

  /**
   * Reads everything.
   *
   * @param store its directory
   * @param scratch an empty directory that may be used for a while
   * @throws StoreException nothing of it can be read, it is in use, or of another format
   */
  public static StoreReport check(Path store, Path scratch) throws StoreException {
    return with(store, scratch, remains -> new Sifting(remains, (_, _, _) -> {}).run());
  }

  /**
   * Reads everything and writes what is sound.
   *
   * @param to the new store's directory: empty, or not there
   * @throws StoreException likewise, or the new one cannot be written
   */
  public static StoreReport salvage(Path store, Path to, Path scratch) throws StoreException {
    checkEmpty(to);
    return with(
        store,
        scratch,
        remains -> {
          try (Refuge refuge = new Refuge(Database.open(to))) {
            Sifting sifting = new Sifting(remains, refuge);
            StoreReport report = sifting.run();
            refuge.finish(sifting.counters());
            new Recovery(to, refuge.database(), new Ledger(), new Counters()).read(0);
            return report;
          } catch (RocksDBException failure) {
            throw unusable(to, String.valueOf(failure.getMessage()));
          }
        });
  }

  /** What is done with a store that was opened. */
  private interface Work {
    StoreReport on(Remains remains) throws StoreException;
  }

  private static StoreReport with(Path store, Path scratch, Work work) throws StoreException {
    if (!Files.isDirectory(store)) throw unusable(store, "there is no such directory");
    try (StoreLock lock = new StoreLock(store)) {
      if (!lock.take()) {
        throw new StoreException(
            StoreCodes.LOCKED,
            "MQTT store " + store + " is in use by another process",
            "stop the gateway first");
      }
      NativeLibrary.load(scratch.resolve("native"));
      try (Remains remains = Remains.of(store, scratch.resolve("files"))) {
        StoreReport report = work.on(remains);
        return less(report, store);
      }
    } catch (StartException failure) {
      throw unusable(store, String.valueOf(failure.getMessage()));
    }
  }

  /** What was forced to disk and is not there at all. */
  private static StoreReport less(StoreReport report, Path store) throws StoreException {
    try (Marks floor = new Marks(store.resolve("floor"))) {
      long forced = floor.read().orElse(0);
      long group = report.kept().getOrDefault(Sifting.GROUPS, 0L);
      if (group >= forced) return report;
      java.util.List<String> problems = new java.util.ArrayList<>(report.problems());
      problems.add("the log ends at group " + group + "; group " + forced + " was forced to disk");
      return new StoreReport(report.kept(), report.lost(), problems);
    }
  }

  private static void checkEmpty(Path to) throws StoreException {
    if (!Files.exists(to)) return;
    try (Stream<Path> files = Files.list(to)) {
      if (files.findAny().isPresent()) {
        throw new StoreException(
            StoreCodes.UNUSABLE, to + " is not empty", "name a directory that is not there yet");
      }
    } catch (IOException failure) {
      throw unusable(to, String.valueOf(failure.getMessage()));
    }
  }

  private static StoreException unusable(Path directory, String why) {
    return new StoreException(StoreCodes.UNUSABLE, "MQTT store " + directory + ": " + why, BACKUP);
  }
}
