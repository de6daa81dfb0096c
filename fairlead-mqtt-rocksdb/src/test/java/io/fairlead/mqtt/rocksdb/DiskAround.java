package io.fairlead.mqtt.rocksdb;

import org.rocksdb.RocksDBException;

/** A disk that does what the one below does. */
class DiskAround implements Committer.Disk {
  private final Committer.Disk below;

  DiskAround(Committer.Disk below) {
    this.below = below;
  }

  @Override
  public void put(Family family, byte[] key, byte[] value) throws RocksDBException {
    below.put(family, key, value);
  }

  @Override
  public void delete(Family family, byte[] key) throws RocksDBException {
    below.delete(family, key);
  }

  @Override
  public void singleDelete(Family family, byte[] key) throws RocksDBException {
    below.singleDelete(family, key);
  }

  @Override
  public void deleteAll(Family family, long number) throws RocksDBException {
    below.deleteAll(family, number);
  }

  @Override
  public int count() {
    return below.count();
  }

  @Override
  public void write(boolean force) throws RocksDBException {
    below.write(force);
  }

  @Override
  public void force() throws RocksDBException {
    below.force();
  }

  @Override
  public void sweep() {
    below.sweep();
  }

  @Override
  public void close() {
    below.close();
  }
}
