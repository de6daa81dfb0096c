package io.fairlead.mqtt.rocksdb;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the room of messages that were removed back to the disk. Files go by themselves while new
 * ones are written; on a full disk nothing new is taken, so that somebody has to ask for it.
 *
 * <p>Works on a thread of its own, begun and ended by the writing thread.
 */
final class Sweep implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sweep.class);
  private static final List<Family> FAMILIES =
      List.of(Family.QUEUE, Family.MSG, Family.RETAINED, Family.INFLIGHT);

  private final Database database;
  private final CompactRangeOptions options = new CompactRangeOptions();
  private @Nullable Thread thread;

  Sweep(Database database) {
    this.database = database;
  }

  /** Begins one, unless one is under way. Returns at once. */
  void begin() {
    if (thread != null && thread.isAlive()) return;
    thread = Thread.ofPlatform().name("mqtt-store-sweep").daemon(true).start(this::run);
  }

  private void run() {
    try {
      for (Family family : FAMILIES) {
        if (options.canceled()) return;
        database.sweep(family, options);
      }
    } catch (RocksDBException | IllegalStateException failure) {
      // Cancelled, or there is not even room for that: the next one may do better.
      log.atDebug().setCause(failure).log("room of removed messages not given back");
    }
  }

  /** Ends what is under way, soon. Before the database is closed. */
  @Override
  public void close() {
    options.setCanceled(true);
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true; // what it uses must not be closed under it
      }
    }
    options.close();
    if (interrupted) Thread.currentThread().interrupt();
  }
}
