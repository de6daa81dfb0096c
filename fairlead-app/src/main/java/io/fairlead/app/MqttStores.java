package io.fairlead.app;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.rocksdb.Durability;
import io.fairlead.mqtt.rocksdb.RocksDbStore;
import io.fairlead.mqtt.rocksdb.StoreSettings;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.MemoryStore;
import java.nio.file.Path;

/** Where the broker keeps what it keeps, as the configuration says. */
final class MqttStores {
  private MqttStores() {}

  static BrokerStore of(GatewayConfig config, Meters meters, Clock clock) {
    MqttConfig.Persistence wanted = config.mqtt().persistence();
    Path state = config.runtime().stateDir();
    return switch (wanted.durability()) {
      case MEMORY -> new MemoryStore();
      case WRITE -> onDisk(wanted, Durability.WRITE, state, meters, clock);
      case FSYNC -> onDisk(wanted, Durability.FSYNC, state, meters, clock);
    };
  }

  private static BrokerStore onDisk(
      MqttConfig.Persistence wanted, Durability how, Path state, Meters meters, Clock clock) {
    return new RocksDbStore(
        new StoreSettings(
            wanted.dir().orElse(state.resolve("mqtt")),
            state.resolve("native"),
            how,
            wanted.minFree(),
            wanted.memory()),
        meters,
        clock);
  }
}
