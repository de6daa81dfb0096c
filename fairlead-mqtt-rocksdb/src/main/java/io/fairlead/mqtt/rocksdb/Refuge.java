package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.StoreException;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** A new store that is filled with what was saved of an old one. One thread. */
final class Refuge implements Sifting.Saved, AutoCloseable {
  private static final int TOGETHER = 1000;

  private final Database database;
  private final WriteBatch batch = new WriteBatch();

  Refuge(Database database) {
    this.database = database;
  }

  Database database() {
    return database;
  }

  @Override
  public void row(Family family, byte[] key, byte[] value) throws RocksDBException {
    batch.put(database.handle(family), key, value);
    if (batch.count() >= TOGETHER) write();
  }

  private void write() throws RocksDBException {
    database.write(batch, false);
    batch.clear();
  }

  /** Everything is there: forces it to disk. */
  void finish(Counters counters) throws RocksDBException, StoreException {
    batch.put(database.handle(Family.META), Counters.KEY, counters.row());
    batch.put(database.handle(Family.META), Recovery.FORMAT_KEY, Recovery.FORMAT);
    write();
    database.force();
  }

  @Override
  public void close() {
    batch.close();
    database.close();
  }
}
