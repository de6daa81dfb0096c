package io.fairlead.mqtt.store;

import java.util.Optional;

/** Wills of sessions that outlive their connection. */
public interface WillStore {
  /**
   * What to publish for a client that is gone.
   *
   * @param expirySeconds of the message, from when it is published; -1: it does not expire
   * @param dueAtMillis wall time, {@link Message#NEVER} while the client is connected
   */
  record Stored(Message message, long delaySeconds, long expirySeconds, long dueAtMillis) {}

  void put(BrokerStore.Batch batch, long session, Stored will);

  void delete(BrokerStore.Batch batch, long session);

  /** For the start. Blocks. */
  Optional<Stored> read(long session);
}
