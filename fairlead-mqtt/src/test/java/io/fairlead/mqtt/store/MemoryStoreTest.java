package io.fairlead.mqtt.store;

class MemoryStoreTest extends BrokerStoreContract {
  @Override
  protected BrokerStore open() {
    return new MemoryStore();
  }
}
