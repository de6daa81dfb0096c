package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** What a database says when it is opened, and whether it can be all there was. */
final class Recovery {
  static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.UTF_8);
  static final byte[] FORMAT = {1};

  private final Path directory;
  private final Database database;
  private final Ledger ledger;
  private final Counters counters;

  Recovery(Path directory, Database database, Ledger ledger, Counters counters) {
    this.directory = directory;
    this.database = database;
    this.ledger = ledger;
    this.counters = counters;
  }

  /**
   * Reads who there is and what waits for whom.
   *
   * @param floor the last group noted as forced; 0: none is
   * @throws StoreException it is not all there, or of another format
   */
  void read(long floor) throws StoreException {
    try {
      readFormat();
      byte[] row = database.get(Family.META, Counters.KEY);
      if (row != null) counters.restore(row);
      if (counters.group() < floor) throw less(floor);
      database.forEach(
          Family.SESSION,
          (key, value) -> {
            Ledger.Owner owner = ledger.known(Rows.number(key));
            owner.head = Rows.head(value);
          });
      database.forEach(Family.GROUP, (key, _) -> ledger.knownGroup(Rows.number(key)));
      for (Family family : List.of(Family.SUB, Family.INBOUND, Family.WILL)) {
        try (Walk rows = database.walk(family)) {
          for (; rows.there(); rows.next()) owner(family, rows.number());
        }
      }
      database.forEach(Family.INFLIGHT, this::readWay);
      readQueues();
    } catch (Rows.BadRowException damaged) {
      throw damaged(String.valueOf(damaged.getMessage()));
    } catch (RocksDBException failure) {
      throw damaged(String.valueOf(failure.getMessage()));
    }
  }

  private void readFormat() throws StoreException, RocksDBException {
    byte[] format = database.get(Family.META, FORMAT_KEY);
    if (format == null) {
      try (WriteBatch first = new WriteBatch()) {
        first.put(database.handle(Family.META), FORMAT_KEY, FORMAT);
        database.write(first, true);
      }
    } else if (!Arrays.equals(format, FORMAT)) {
      throw new StoreException(
          StoreCodes.FORMAT,
          "MQTT store " + directory + ": format " + format[0] + " (this version reads 1)",
          "use the version that wrote it, or another mqtt.persistence.dir");
    }
  }

  private void readQueues() throws RocksDBException {
    Map<Long, Shared> messages = new HashMap<>();
    Map<Long, Integer> sizes = new HashMap<>();
    try (Walk rows = database.walk(Family.MSG)) {
      for (; rows.there(); rows.next()) {
        messages.put(rows.number(), new Shared(rows.number(), new byte[0]));
        sizes.put(rows.number(), rows.valueBytes());
      }
    }
    Ledger.Finding finding = new Ledger.Finding(ledger);
    try (Walk rows = database.walk(Family.QUEUE)) {
      for (; rows.there(); rows.next()) {
        long number = Rows.sharedOf(rows.valueHead());
        Shared shared = number == 0 ? null : messages.get(number);
        if (number != 0 && shared == null) {
          throw new Rows.BadRowException("a queued message is not there");
        }
        int bytes = number == 0 ? rows.valueBytes() : sizes.getOrDefault(number, 0);
        finding.found(rows.number(), rows.second(), bytes, shared);
      }
    }
    finding.end();
  }

  private void readWay(byte[] key, byte[] row) {
    owner(Family.INFLIGHT, Rows.number(key));
    Ledger.Owner group = ledger.find(Rows.number(row));
    boolean own = Rows.number(row) == Rows.number(key);
    if (group != null && !own) group.lends(Rows.second(row));
  }

  private void owner(Family family, long number) {
    Ledger.Owner owner = ledger.find(number);
    if (owner == null) throw new Rows.BadRowException(Ledger.NOBODYS);
    owner.saw(family);
  }

  private StoreException less(long floor) {
    return new StoreException(
        StoreCodes.LESS,
        "MQTT store "
            + directory
            + " ends at group "
            + counters.group()
            + "; group "
            + floor
            + " was forced to disk before",
        "restore the whole directory; or accept the loss and remove its file `floor`");
  }

  private StoreException damaged(String why) {
    return new StoreException(
        StoreCodes.DAMAGED, "MQTT store " + directory + ": " + why, StoreCodes.mend(directory));
  }
}
