package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.GroupStore;
import java.util.function.Consumer;

/** Shared groups that have something to keep. */
final class RocksGroups implements GroupStore {
  private final RocksDbStore store;

  RocksGroups(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public void put(Batch batch, Stored group) {
    Changes.of(batch).add(new Change.PutGroup(group.number(), Rows.filter(group.filter())));
  }

  @Override
  public void delete(Batch batch, long number) {
    Changes.of(batch).add(new Change.DeleteOwner(number));
  }

  @Override
  public void forEach(Consumer<Stored> each) {
    Database database = store.database();
    if (database == null) return;
    database.forEach(
        Family.GROUP, (key, row) -> each.accept(new Stored(Rows.number(key), Rows.filter(row))));
  }
}
