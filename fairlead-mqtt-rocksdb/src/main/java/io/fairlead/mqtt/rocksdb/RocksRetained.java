package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.RetainedStore;
import java.util.function.Consumer;

/** One message for each topic. */
final class RocksRetained implements RetainedStore {
  private final RocksDbStore store;

  RocksRetained(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public void put(Batch batch, Message message) {
    Changes.of(batch).add(new Change.Retain(message.topic(), Rows.message(message)));
  }

  @Override
  public void delete(Batch batch, byte[] topic) {
    Changes.of(batch).add(new Change.Unretain(topic));
  }

  @Override
  public void forEach(Consumer<Message> each) {
    Database database = store.database();
    if (database == null) return;
    database.forEach(Family.RETAINED, (_, row) -> each.accept(Rows.message(row)));
  }
}
