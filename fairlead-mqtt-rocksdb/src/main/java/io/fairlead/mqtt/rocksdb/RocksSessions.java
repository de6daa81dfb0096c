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

  /** One way through each family: they are in the same order. */
  @Override
  public void forEach(Consumer<Stored> each) {
    Database database = store.database();
    if (database == null) return;
    try (Walk sessions = database.walk(Family.SESSION);
        Walk subscriptions = database.walk(Family.SUB);
        Walk inbound = database.walk(Family.INBOUND)) {
      for (; sessions.there(); sessions.next()) {
        long number = sessions.number();
        each.accept(
            Rows.session(
                number,
                sessions.value(),
                subscriptions(subscriptions, number),
                ids(inbound, number)));
      }
    }
  }

  private static Map<TopicFilter, SubscribeOptions> subscriptions(Walk rows, long number) {
    if (!reach(rows, number)) return Map.of();
    Map<TopicFilter, SubscribeOptions> found = new HashMap<>();
    for (; rows.there() && rows.number() == number; rows.next()) {
      found.put(Rows.filter(Rows.rest(rows.key())), Rows.options(rows.value()));
    }
    return found;
  }

  private static Set<Integer> ids(Walk rows, long number) {
    if (!reach(rows, number)) return Set.of();
    Set<Integer> found = new HashSet<>();
    for (; rows.there() && rows.number() == number; rows.next()) {
      found.add(Rows.packetId(rows.key()));
    }
    return found;
  }

  /** Goes on to the rows of a session; whether it has any. */
  private static boolean reach(Walk rows, long number) {
    while (rows.there() && rows.number() < number) rows.next();
    return rows.there() && rows.number() == number;
  }
}
