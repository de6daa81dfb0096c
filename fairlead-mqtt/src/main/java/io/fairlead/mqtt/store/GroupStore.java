package io.fairlead.mqtt.store;

import io.fairlead.mqtt.topic.TopicFilter;
import java.util.function.Consumer;

/**
 * Shared groups with a member that outlives its connection. A group has a number as a session has,
 * and under it a queue: what waits for any of its members, or is on its way to one.
 */
public interface GroupStore {
  /** One group. */
  record Stored(long number, TopicFilter filter) {}

  void put(BrokerStore.Batch batch, Stored group);

  /** Forgets the group and what waits for it. */
  void delete(BrokerStore.Batch batch, long number);

  /** Every group; for the start. Blocks. */
  void forEach(Consumer<Stored> each);
}
