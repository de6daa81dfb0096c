package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.WillStore;
import java.util.Optional;

/** Wills of sessions. */
final class RocksWills implements WillStore {
  private final RocksDbStore store;

  RocksWills(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public void put(Batch batch, long session, Stored will) {
    Changes.of(batch)
        .add(new Change.PutRow(Family.WILL, session, Rows.key(session), Rows.will(will)));
  }

  @Override
  public void delete(Batch batch, long session) {
    Changes.of(batch).add(new Change.DeleteRow(Family.WILL, session, Rows.key(session)));
  }

  @Override
  public Optional<Stored> read(long session) {
    Database database = store.database();
    if (database == null || !store.has(session, Family.WILL)) return Optional.empty();
    return Optional.ofNullable(database.get(Family.WILL, Rows.key(session))).map(Rows::will);
  }
}
