package io.fairlead.mqtt.store;

import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Sessions that outlive their connection. */
public interface SessionStore {
  /**
   * One session.
   *
   * @param number never used again for another session
   * @param principal id of the account it belongs to
   * @param expirySeconds how long it outlives its connection; {@code 0xffffffff}: for ever
   * @param endsAtMillis wall time at which it ends, {@link Message#NEVER} while connected
   */
  record Stored(
      long number,
      String clientId,
      String principal,
      boolean rich,
      long expirySeconds,
      long endsAtMillis,
      Map<TopicFilter, SubscribeOptions> subscriptions,
      Set<Integer> inboundIds) {
    public Stored {
      subscriptions = Map.copyOf(subscriptions);
      inboundIds = Set.copyOf(inboundIds);
    }
  }

  /** A number no session had. */
  long nextNumber();

  /** Puts the session itself; subscriptions and inbound ids of {@code session} do not count. */
  void put(BrokerStore.Batch batch, Stored session);

  /** Forgets the session and all that belongs to it: subscriptions, ids, queue and will. */
  void delete(BrokerStore.Batch batch, long number);

  void putSubscription(
      BrokerStore.Batch batch, long number, TopicFilter filter, SubscribeOptions options);

  void deleteSubscription(BrokerStore.Batch batch, long number, TopicFilter filter);

  /** The id of a QoS 2 message that was taken and not released. */
  void putInboundId(BrokerStore.Batch batch, long number, int packetId);

  void deleteInboundId(BrokerStore.Batch batch, long number, int packetId);

  /** Every session; for the start. Blocks. */
  void forEach(Consumer<Stored> each);
}
