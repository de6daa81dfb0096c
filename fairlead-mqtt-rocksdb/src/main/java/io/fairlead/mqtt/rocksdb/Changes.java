package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** A batch while it is collected, and what is handed to the writing thread. One owner at a time. */
final class Changes implements BrokerStore.Batch {
  private final List<Change> list = new ArrayList<>(2);
  private int enqueued;

  static Changes of(BrokerStore.Batch batch) {
    return (Changes) batch;
  }

  /** Nothing; who waits for it waits for what was committed before. */
  static Changes none() {
    return new Changes();
  }

  @Override
  public boolean isEmpty() {
    return list.isEmpty();
  }

  List<Change> list() {
    return list;
  }

  void add(Change change) {
    if (change instanceof Change.Enqueue) enqueued++;
    list.add(change);
  }

  /**
   * Makes rows of what waits: a message with one owner stands in its entry, one with several once
   * for all of them. On the collecting thread, so that the writing one has less to do.
   *
   * @param numbers of shared messages
   */
  void seal(LongSupplier numbers) {
    if (enqueued == 0) return;
    if (enqueued == 1) {
      for (Change change : list) if (change instanceof Change.Enqueue one) alone(one);
      return;
    }
    Map<Message, Integer> owners = new IdentityHashMap<>(2);
    for (Change change : list) {
      if (change instanceof Change.Enqueue one) owners.merge(one.message, 1, Integer::sum);
    }
    Map<Message, Shared> shared = new IdentityHashMap<>(2);
    for (Change change : list) {
      if (!(change instanceof Change.Enqueue one)) continue;
      if (owners.getOrDefault(one.message, 1) == 1) {
        alone(one);
        continue;
      }
      Shared common =
          shared.computeIfAbsent(
              one.message, message -> new Shared(numbers.getAsLong(), Rows.message(message)));
      one.shared = common;
      one.value =
          Rows.queued(
              one.entry.qos(), one.entry.retain(), one.entry.subscriptionIds(), common.number);
    }
  }

  private static void alone(Change.Enqueue one) {
    one.value =
        Rows.queued(one.entry.qos(), one.entry.retain(), one.entry.subscriptionIds(), one.message);
  }

  int bytes() {
    int sum = 0;
    for (int i = 0; i < list.size(); i++) sum += list.get(i).bytes();
    return sum;
  }
}
