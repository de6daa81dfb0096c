package io.fairlead.mqtt.rocksdb;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Rows of one group, collected in one native batch. The writing thread only. */
final class DatabaseDisk implements Committer.Disk {
  private final Database database;
  private final WriteBatch batch = new WriteBatch();
  private final Sweep sweep;

  DatabaseDisk(Database database) {
    this.database = database;
    this.sweep = new Sweep(database);
  }

  @Override
  public void put(Family family, byte[] key, byte[] value) throws RocksDBException {
    batch.put(database.handle(family), key, value);
  }

  @Override
  public void delete(Family family, byte[] key) throws RocksDBException {
    batch.delete(database.handle(family), key);
  }

  @Override
  public void singleDelete(Family family, byte[] key) throws RocksDBException {
    batch.singleDelete(database.handle(family), key);
  }

  @Override
  public void deleteAll(Family family, long number) throws RocksDBException {
    batch.deleteRange(database.handle(family), Rows.key(number), Rows.key(number + 1));
  }

  @Override
  public int count() {
    return batch.count();
  }

  @Override
  public void write(boolean force) throws RocksDBException {
    database.write(batch, force);
    batch.clear();
  }

  @Override
  public void force() throws RocksDBException {
    database.force();
  }

  @Override
  public void sweep() {
    sweep.begin();
  }

  @Override
  public void close() {
    sweep.close();
    batch.close();
    database.close();
  }
}
