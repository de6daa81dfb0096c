package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Messages of shared groups of which no member has room. Each group keeps as many as a session that
 * is away; the oldest goes first. Thread-safe.
 */
final class SharedWaiting {
  private final ConcurrentHashMap<TopicFilter, Deque<Message>> byGroup = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<TopicFilter, Integer> members = new ConcurrentHashMap<>();
  private final BrokerMeters meters;

  SharedWaiting(BrokerMeters meters) {
    this.meters = meters;
  }

  void add(TopicFilter group, Message message, int most) {
    byGroup.compute(
        group,
        (_, there) -> {
          Deque<Message> queue = there == null ? new ArrayDeque<>() : there;
          queue.add(message);
          while (queue.size() > most) {
            queue.remove();
            meters.dropped(Drop.QUEUE_FULL);
          }
          return queue;
        });
  }

  Optional<Message> poll(TopicFilter group) {
    if (byGroup.isEmpty()) return Optional.empty();
    Message[] first = new Message[1];
    byGroup.computeIfPresent(
        group,
        (_, queue) -> {
          first[0] = queue.poll();
          return queue.isEmpty() ? null : queue;
        });
    return Optional.ofNullable(first[0]);
  }

  /** The group has one member more. */
  void joined(TopicFilter group) {
    members.merge(group, 1, Integer::sum);
  }

  /** The group has one member less; with the last its messages go. */
  void left(TopicFilter group) {
    Integer rest = members.computeIfPresent(group, (_, count) -> count == 1 ? null : count - 1);
    if (rest != null) return;
    Deque<Message> lost = byGroup.remove(group);
    if (lost == null) return;
    for (int i = lost.size(); i > 0; i--) meters.dropped(Drop.SESSION_ENDED);
  }
}
