package io.fairlead.mqtt.store;

import java.util.function.Consumer;

/** One message for each topic. */
public interface RetainedStore {
  void put(BrokerStore.Batch batch, Message message);

  void delete(BrokerStore.Batch batch, byte[] topic);

  /** Every message; for the start. Blocks. */
  void forEach(Consumer<Message> each);
}
