package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksDbStoreTest extends BrokerStoreContract {
  @TempDir private Path dir;

  @Override
  protected BrokerStore make() {
    return Stores.at(dir.resolve("store"));
  }

  @Override
  protected BrokerStore again(BrokerStore before) throws Exception {
    before.close();
    BrokerStore next = make();
    next.open();
    return next;
  }

  @Override
  protected int sharedMessages(BrokerStore of) {
    return ((RocksDbStore) of).rows(Family.MSG);
  }
}
