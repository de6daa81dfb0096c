package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.MemoryStore;

class MemoryStoreTest extends BrokerStoreContract {
  @Override
  protected BrokerStore make() {
    return new MemoryStore();
  }
}
