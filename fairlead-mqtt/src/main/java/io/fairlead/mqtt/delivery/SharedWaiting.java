package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Waiting;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages of shared groups of which no member has room. Each group keeps as many as a session that
 * is away; the oldest goes first. From the first member whose session lasts to the last member of
 * all, what waits for a group is in the store, too. Thread-safe.
 */
final class SharedWaiting {
  /** A group in the store. */
  static final class Kept {
    final long number;
    private final long before; // sequence numbers that one of the same name had used
    private final AtomicLong sequences;

    Kept(long number, long before, long lastSequence) {
      this.number = number;
      this.before = before;
      this.sequences = new AtomicLong(lastSequence);
    }

    long nextSequence() {
      return sequences.incrementAndGet();
    }
  }

  private final ConcurrentHashMap<TopicFilter, Deque<Waiting>> byGroup = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<TopicFilter, Integer> members = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<TopicFilter, Kept> kept = new ConcurrentHashMap<>();
  private final AtomicLong used = new AtomicLong(); // by groups that are gone
  private final BrokerStore store;
  private final BrokerMeters meters;

  SharedWaiting(BrokerStore store, BrokerMeters meters) {
    this.store = store;
    this.meters = meters;
  }

  void add(TopicFilter group, Waiting message, int most) {
    byGroup.compute(
        group,
        (_, there) -> {
          Deque<Waiting> queue = there == null ? new ArrayDeque<>() : there;
          queue.add(entered(message));
          while (queue.size() > most) {
            forget(group, left(queue.remove()).sequence());
            meters.dropped(Drop.QUEUE_FULL);
          }
          return queue;
        });
  }

  private Waiting entered(Waiting message) {
    meters.queued(message.message().enterQueue());
    return message;
  }

  private Waiting left(Waiting message) {
    meters.queued(-message.message().leaveQueue());
    return message;
  }

  Optional<Waiting> poll(TopicFilter group) {
    if (byGroup.isEmpty()) return Optional.empty();
    Waiting[] first = new Waiting[1];
    byGroup.computeIfPresent(
        group,
        (_, queue) -> {
          first[0] = left(queue.remove());
          return queue.isEmpty() ? null : queue;
        });
    return Optional.ofNullable(first[0]);
  }

  /** Null: nothing of it is kept. */
  @Nullable Kept kept(TopicFilter group) {
    return kept.isEmpty() ? null : kept.get(group);
  }

  Optional<TopicFilter> groupOf(long number) {
    return kept.entrySet().stream()
        .filter(each -> each.getValue().number == number)
        .map(java.util.Map.Entry::getKey)
        .findAny();
  }

  /** From now on what waits for it is kept. */
  void keep(TopicFilter group) {
    kept.computeIfAbsent(
        group,
        _ -> {
          long number = store.sessions().nextNumber();
          BrokerStore.Batch batch = store.begin();
          store.groups().put(batch, new GroupStore.Stored(number, group));
          // Before anybody else knows its number.
          store.commit(batch);
          // What a member still has of the group before must not be taken for one of this one.
          long before = used.get();
          return new Kept(number, before, before);
        });
  }

  /** In the store, of the group that kept that message; 0: it is not there any more. */
  long numberOf(TopicFilter group, long sequence) {
    Kept there = sequence == 0 ? null : kept(group);
    return there == null || sequence <= there.before ? 0 : there.number;
  }

  /** Nobody needs that message of the group any more. */
  void forget(TopicFilter group, long sequence) {
    long number = numberOf(group, sequence);
    if (number == 0) return;
    BrokerStore.Batch batch = store.begin();
    store.queues().remove(batch, 0, number, sequence, QueueStore.Stage.WAITING, 0);
    store.commit(batch);
  }

  /** Groups with members. */
  int groups() {
    return members.size();
  }

  boolean hasMembers(TopicFilter group) {
    return members.containsKey(group);
  }

  /** The group has one member more. */
  void joined(TopicFilter group) {
    members.merge(group, 1, Integer::sum);
  }

  /**
   * The group has one member less; with the last its messages go.
   *
   * @param leaving members leave this process only
   */
  void left(TopicFilter group, boolean leaving) {
    members.computeIfPresent(
        group,
        (_, count) -> {
          if (count > 1) return count - 1;
          if (!leaving) ended(group); // before another joins, which may be at this moment
          return null;
        });
  }

  private void ended(TopicFilter group) {
    Deque<Waiting> lost = byGroup.remove(group);
    if (lost != null) {
      for (Waiting each : lost) {
        left(each);
        meters.dropped(Drop.SESSION_ENDED);
      }
    }
    delete(group);
  }

  private void delete(TopicFilter group) {
    Kept gone = kept.remove(group);
    if (gone == null) return;
    used.accumulateAndGet(gone.sequences.get(), Math::max);
    BrokerStore.Batch batch = store.begin();
    store.groups().delete(batch, gone.number);
    store.commit(batch);
  }

  /** From the store, before the sessions. */
  void restore() {
    store
        .groups()
        .forEach(
            group -> {
              QueueStore queues = store.queues();
              kept.put(
                  group.filter(), new Kept(group.number(), 0, queues.lastSequence(group.number())));
              Deque<Waiting> queue = new ArrayDeque<>();
              for (QueueStore.Entry entry : queues.read(group.number())) {
                queue.add(entered(new Waiting(entry.message(), entry.sequence())));
              }
              if (!queue.isEmpty()) byGroup.put(group.filter(), queue);
            });
  }

  /** All sessions are back: a group that none of them is a member of goes. */
  void restored() {
    for (TopicFilter group : List.copyOf(kept.keySet())) {
      if (!members.containsKey(group)) delete(group);
    }
  }

  /** Nothing waits here any more; the store keeps it. */
  void clear() {
    byGroup.values().forEach(queue -> queue.forEach(this::left));
    byGroup.clear();
    members.clear();
    kept.clear();
  }
}
