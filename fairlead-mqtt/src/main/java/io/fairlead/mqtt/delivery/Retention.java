package io.fairlead.mqtt.delivery;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Limit;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.ReservedTopics;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.RetainedCursor;
import io.fairlead.mqtt.topic.RetainedTree;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The retained messages, one for each topic. Bounded by count and bytes; beyond that a message is
 * refused. What the broker says of itself takes nobody's place and is not stored. Thread-safe.
 */
public final class Retention {
  private static final int SWEEP_VISITS = 10_000;
  private static final int PAGE = 1000;

  private final RetainedTree<Message> tree;
  private final BrokerStore store;
  private final RetainedByUser users = new RetainedByUser();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong own = new AtomicLong(); // topics below $SYS and $fairlead
  private @Nullable RetainedCursor<Message> sweep; // one caller of sweep at a time

  Retention(BrokerStore store, Randomness randomness) {
    this.store = store;
    this.tree = new RetainedTree<>(randomness);
  }

  /** How many. */
  public int size() {
    return tree.size();
  }

  public long bytes() {
    return bytes.get();
  }

  /**
   * Puts or, with an empty payload, removes.
   *
   * @param account whose it is; null: nobody's in particular
   * @param each how many one account may have
   */
  ReasonCode apply(
      Message message,
      @Nullable String account,
      Limit each,
      MqttConfig.Retained bounds,
      BrokerStore.Batch batch) {
    TopicName topic = name(message.topic());
    if (topic == null) return ReasonCode.TOPIC_NAME_INVALID;
    boolean ours = ReservedTopics.reserved(message.topic(), true);
    if (message.payload().length == 0) {
      Message gone = tree.remove(topic);
      if (gone != null) {
        bytes.addAndGet(-gone.bytes());
        users.end(gone);
        if (ours) own.decrementAndGet();
        store.retained().delete(batch, message.topic());
      }
      return ReasonCode.SUCCESS;
    }
    Message before = tree.get(topic);
    long grown = message.bytes() - (before == null ? 0 : before.bytes());
    boolean countFits =
        ours || before != null || bounds.maxMessages().admits(tree.size() - own.get() + 1L);
    if (!countFits || bytes.get() + grown > bounds.maxBytes().bytes()) {
      return ReasonCode.QUOTA_EXCEEDED;
    }
    if (account != null && !ours && !users.begin(message, account, each, before)) {
      return ReasonCode.QUOTA_EXCEEDED;
    }
    Message replaced = tree.put(topic, message);
    users.end(replaced);
    bytes.addAndGet(message.bytes() - (replaced == null ? 0 : replaced.bytes()));
    if (ours && replaced == null) own.incrementAndGet();
    // The broker's own figures are of this process only.
    if (!ours) store.retained().put(batch, message);
    return ReasonCode.SUCCESS;
  }

  RetainedCursor<Message> match(TopicFilter filter) {
    return tree.match(filter);
  }

  /** Messages a filter means, at most so many; for people who look. */
  public List<Message> list(TopicFilter filter, int most) {
    List<Message> found = new ArrayList<>();
    RetainedCursor<Message> cursor = tree.match(filter);
    while (!cursor.isDone() && found.size() < most) {
      cursor.next(Math.min(PAGE, most - found.size()), SWEEP_VISITS, found::add);
    }
    return found;
  }

  /**
   * Removes all that a filter means.
   *
   * @return how many
   */
  public int delete(TopicFilter filter, BrokerStore.Batch batch) {
    int count = 0;
    for (Message message : list(filter, Integer.MAX_VALUE)) {
      if (remove(message)) {
        store.retained().delete(batch, message.topic());
        count++;
      }
    }
    return count;
  }

  /** From the store. */
  void restore() {
    store
        .retained()
        .forEach(
            message -> {
              TopicName topic = name(message.topic());
              if (topic == null) return;
              tree.put(topic, message);
              bytes.addAndGet(message.bytes());
            });
  }

  /** Nothing is retained any more, here; the store keeps it. */
  void clear() {
    for (Message message : list(everything(), Integer.MAX_VALUE)) remove(message);
  }

  /** Looks at some messages and removes those that expired. Each call goes on where one ended. */
  void sweep(long wallMillis, BrokerStore.Batch batch) {
    RetainedCursor<Message> cursor = sweep;
    if (cursor == null || cursor.isDone()) cursor = tree.match(everything());
    List<Message> expired = new ArrayList<>();
    cursor.next(
        SWEEP_VISITS,
        SWEEP_VISITS,
        message -> {
          if (message.expiredAt(wallMillis)) expired.add(message);
        });
    sweep = cursor;
    for (Message message : expired) {
      if (remove(message)) store.retained().delete(batch, message.topic());
    }
  }

  private boolean remove(Message message) {
    TopicName topic = name(message.topic());
    boolean removed = topic != null && tree.remove(topic, message);
    if (!removed) return false;
    users.end(message);
    bytes.addAndGet(-message.bytes());
    if (ReservedTopics.reserved(message.topic(), true)) own.decrementAndGet();
    return true;
  }

  private static @Nullable TopicName name(byte[] topic) {
    try {
      return TopicName.of(topic, 0, topic.length, TopicLimits.WIDEST);
    } catch (BadTopicException _) {
      return null; // too deep for any walk, whatever the configuration says
    }
  }

  private static TopicFilter everything() {
    try {
      return TopicFilter.of("#", TopicLimits.WIDEST);
    } catch (BadTopicException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
