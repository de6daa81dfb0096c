package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore.Batch;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Sessions, their subscriptions and the ids they have taken. */
final class RocksSessions implements SessionStore {
  private final RocksDbStore store;

  RocksSessions(RocksDbStore store) {
    this.store = store;
  }

  @Override
  public long nextNumber() {
    return store.nextNumber();
  }

  @Override
  public void put(Batch batch, Stored session) {
    Changes.of(batch).add(new Change.PutSession(session));
  }

  @Override
  public void delete(Batch batch, long number) {
    Changes.of(batch).add(new Change.DeleteOwner(number));
  }

  @Override
  public void putSubscription(
      Batch batch, long number, TopicFilter filter, SubscribeOptions options) {
    Changes.of(batch)
        .add(
            new Change.PutRow(
                Family.SUB, number, Rows.key(number, Rows.filter(filter)), Rows.options(options)));
  }

  @Override
  public void deleteSubscription(Batch batch, long number, TopicFilter filter) {
    Changes.of(batch)
        .add(new Change.DeleteRow(Family.SUB, number, Rows.key(number, Rows.filter(filter))));
  }

  @Override
  public void putInboundId(Batch batch, long number, int packetId) {
    Changes.of(batch)
        .add(
            new Change.PutRow(
                Family.INBOUND, number, Rows.inboundKey(number, packetId), new byte[0]));
  }

  @Override
  public void deleteInboundId(Batch batch, long number, int packetId) {
    Changes.of(batch)
        .add(new Change.DeleteRow(Family.INBOUND, number, Rows.inboundKey(number, packetId)));
  }

  @Override
  public void forEach(Consumer<Stored> each) {
    Database database = store.database();
    if (database == null) return;
    database.forEach(
        Family.SESSION,
        (key, row) -> {
          long number = Rows.number(key);
          each.accept(
              Rows.session(number, row, subscriptions(database, number), ids(database, number)));
        });
  }

  private Map<TopicFilter, SubscribeOptions> subscriptions(Database database, long number) {
    if (!has(number, Family.SUB)) return Map.of();
    Map<TopicFilter, SubscribeOptions> found = new HashMap<>();
    database.forEach(
        Family.SUB,
        Rows.key(number),
        number,
        (key, row) -> found.put(Rows.filter(Rows.rest(key)), Rows.options(row)));
    return found;
  }

  private Set<Integer> ids(Database database, long number) {
    if (!has(number, Family.INBOUND)) return Set.of();
    Set<Integer> found = new HashSet<>();
    database.forEach(
        Family.INBOUND, Rows.key(number), number, (key, _) -> found.add(Rows.packetId(key)));
    return found;
  }

  private boolean has(long number, Family family) {
    return store.has(number, family);
  }
}
