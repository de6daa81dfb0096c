package io.fairlead.mqtt.rocksdb;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rocksdb.RocksDBException;

/**
 * Rows of one group on their way to the disk. A row that is put and removed again within the group
 * never gets there: a group is all or nothing, so that nobody could find it. Most messages of a
 * client that keeps up are such: they wait, are sent and are done with while the group before them
 * is forced.
 *
 * <p>Only rows that are put once and removed once are held back; others go on at once. The writing
 * thread only.
 */
final class GroupRows implements Ledger.Sink {
  private record Place(Family family, byte[] key) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Place place
          && place.family == family
          && Arrays.equals(place.key, key);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(key) + family.ordinal();
    }
  }

  private final Map<Place, byte[]> held = new LinkedHashMap<>();
  private final Ledger.Sink disk;

  GroupRows(Ledger.Sink disk) {
    this.disk = disk;
  }

  @Override
  public void put(Family family, byte[] key, byte[] value) throws RocksDBException {
    if (once(family)) held.put(new Place(family, key), value);
    else disk.put(family, key, value);
  }

  @Override
  public void delete(Family family, byte[] key) throws RocksDBException {
    disk.delete(family, key);
  }

  @Override
  public void singleDelete(Family family, byte[] key) throws RocksDBException {
    if (held.remove(new Place(family, key)) == null) disk.singleDelete(family, key);
  }

  /** What is held back of other sessions loses nothing by going on now. */
  @Override
  public void deleteAll(Family family, long number) throws RocksDBException {
    end();
    disk.deleteAll(family, number);
  }

  /** The group is whole: what is left of it goes on. */
  void end() throws RocksDBException {
    for (Map.Entry<Place, byte[]> row : held.entrySet()) {
      disk.put(row.getKey().family(), row.getKey().key(), row.getValue());
    }
    held.clear();
  }

  private static boolean once(Family family) {
    return family == Family.QUEUE || family == Family.INFLIGHT || family == Family.MSG;
  }
}
