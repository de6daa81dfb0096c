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
import java.util.Optional;
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

  /** Bytes of those that clients published. */
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
        users.end(gone);
        if (ours) own.decrementAndGet();
        else bytes.addAndGet(-gone.bytes());
        store.retained().delete(batch, message.topic());
      }
      return ReasonCode.SUCCESS;
    }
    Message before = tree.get(topic);
    long grown = message.bytes() - (before == null ? 0 : before.bytes());
    boolean countFits = before != null || bounds.maxMessages().admits(tree.size() - own.get() + 1L);
    boolean fits = countFits && bytes.get() + grown <= bounds.maxBytes().bytes();
    if (!ours && !fits) return ReasonCode.QUOTA_EXCEEDED;
    if (account != null && !ours && !users.begin(message, account, each, before)) {
      return ReasonCode.QUOTA_EXCEEDED;
    }
    Message replaced = tree.put(topic, message);
    users.end(replaced);
    if (ours && replaced == null) own.incrementAndGet();
    if (!ours) bytes.addAndGet(message.bytes() - (replaced == null ? 0 : replaced.bytes()));
    // The broker's own figures are of this process only.
    if (!ours) store.retained().put(batch, message);
    return ReasonCode.SUCCESS;
  }

  /**
   * What a message did to its topic was committed. Batches of several event loops reach the store
   * in another order than they came here: who finds that another one won here tells the store
   * again. The last to commit for a topic is therefore one that found its own.
   */
  void settle(Message message) {
    settle(message.topic(), message.payload().length == 0 ? null : message);
  }

  /**
   * @param written what the store was told last; null: that there is none
   */
  private void settle(byte[] topic, @Nullable Message written) {
    TopicName name = name(topic);
    if (name == null || ReservedTopics.reserved(topic, true)) return;
    Message told = written;
    for (Message now = tree.get(name); now != told; now = tree.get(name)) {
      BrokerStore.Batch batch = store.begin();
      if (now == null) store.retained().delete(batch, topic);
      else store.retained().put(batch, now);
      store.commit(batch);
      told = now;
    }
  }

  RetainedCursor<Message> match(TopicFilter filter) {
    return tree.match(filter);
  }

  /** The one of exactly that topic; null: there is none. */
  @Nullable Message get(byte[] topic) {
    TopicName name = name(topic);
    return name == null ? null : tree.get(name);
  }

  /** See {@link RetainedTree#below}. */
  public List<RetainedTree.Level<Message>> below(Optional<TopicName> above, int depth, int most) {
    return tree.below(above, depth, most);
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
  public int delete(TopicFilter filter) {
    return removeAll(list(filter, Integer.MAX_VALUE));
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
  void sweep(long wallMillis) {
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
    var _ = removeAll(expired); // nobody asks how many
  }

  private int removeAll(List<Message> messages) {
    BrokerStore.Batch batch = store.begin();
    List<Message> gone = new ArrayList<>();
    for (Message message : messages) {
      if (!remove(message)) continue;
      store.retained().delete(batch, message.topic());
      gone.add(message);
    }
    if (batch.isEmpty()) return gone.size();
    store.commit(batch);
    for (Message message : gone) settle(message.topic(), null);
    return gone.size();
  }

  private boolean remove(Message message) {
    TopicName topic = name(message.topic());
    boolean removed = topic != null && tree.remove(topic, message);
    if (!removed) return false;
    users.end(message);
    if (ReservedTopics.reserved(message.topic(), true)) own.decrementAndGet();
    else bytes.addAndGet(-message.bytes());
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
