package io.fairlead.mqtt.topic;

import io.fairlead.core.random.Randomness;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Who subscribed to what. Readers take the current root by one volatile read and never wait;
 * writers of any thread take turns, each for some microseconds, and publish one new root per call.
 *
 * <p>When a change returns, every later match sees it, so its acknowledgement may be sent.
 *
 * @param <S> a subscriber; told apart by {@code equals}, found by {@code hashCode}, which must not
 *     be of a peer's choosing (the identity of a session object is right, its client id is not)
 */
public final class TopicTree<S> {
  private final TopicHash hashes;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Root<S> root = new Root<>(TreeNode.root(), 0); // written under writing

  /** One subscribe or unsubscribe of a batch. */
  public sealed interface Change<S> {
    /** Adds the subscriber or replaces its options. */
    record Subscribe<S>(TopicFilter filter, S subscriber, SubscribeOptions options)
        implements Change<S> {}

    /** Takes the subscriber away; nothing when it is not there. */
    record Unsubscribe<S>(TopicFilter filter, S subscriber) implements Change<S> {}
  }

  /** An immutable state of the tree. */
  record Root<S>(TreeNode<S> node, int subscriptions) {}

  public TopicTree(Randomness randomness) {
    this.hashes = TopicHash.keyed(randomness);
  }

  /**
   * Adds a subscriber or replaces its options; no message falls between old and new.
   *
   * @return the options it had under the same filter, or null when the subscription is new
   */
  public @Nullable SubscribeOptions subscribe(
      TopicFilter filter, S subscriber, SubscribeOptions options) {
    writing.lock();
    try {
      Root<S> before = root;
      Subscribers<S> there = before.node.at(filter, hashes);
      SubscribeOptions old = there == null ? null : there.options(filter, subscriber);
      if (options.equals(old)) return old;
      root = subscribed(before, filter, subscriber, options);
      return old;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Takes a subscriber away.
   *
   * @return the options it had, or null when there was no such subscription
   */
  public @Nullable SubscribeOptions unsubscribe(TopicFilter filter, S subscriber) {
    writing.lock();
    try {
      Root<S> before = root;
      Subscribers<S> there = before.node.at(filter, hashes);
      SubscribeOptions old = there == null ? null : there.options(filter, subscriber);
      if (old != null) root = unsubscribed(before, filter, subscriber);
      return old;
    } finally {
      writing.unlock();
    }
  }

  /** Makes all changes, in their order, visible at once. */
  public void apply(List<? extends Change<S>> changes) {
    writing.lock();
    try {
      Root<S> next = root;
      for (Change<S> change : changes) {
        next =
            switch (change) {
              case Change.Subscribe<S>(var filter, var subscriber, var options) ->
                  subscribed(next, filter, subscriber, options);
              case Change.Unsubscribe<S>(var filter, var subscriber) ->
                  unsubscribed(next, filter, subscriber);
            };
      }
      root = next;
    } finally {
      writing.unlock();
    }
  }

  private Root<S> subscribed(
      Root<S> before, TopicFilter filter, S subscriber, SubscribeOptions options) {
    Subscribers<S> there = before.node.at(filter, hashes);
    boolean isNew = there == null || there.options(filter, subscriber) == null;
    Subscribers<S> next = Subscribers.with(there, filter, new Subscription<>(subscriber, options));
    return new Root<>(
        before.node.with(filter, 0, next, hashes), before.subscriptions + (isNew ? 1 : 0));
  }

  private Root<S> unsubscribed(Root<S> before, TopicFilter filter, S subscriber) {
    Subscribers<S> there = before.node.at(filter, hashes);
    Subscribers<S> next = Subscribers.without(there, filter, subscriber);
    if (next == there) return before;
    return new Root<>(before.node.with(filter, 0, next, hashes), before.subscriptions - 1);
  }

  /** How many subscriptions there are; a subscriber counts once per filter. */
  public int subscriptions() {
    return root.subscriptions;
  }

  /** A matcher for one thread, with a cache of its own. */
  public Matcher<S> matcher() {
    return new Matcher<>(this, Matcher.CACHE_ENTRIES);
  }

  /** A matcher for one thread; {@code cacheEntries} is a power of two, or 0 for no cache. */
  public Matcher<S> matcher(int cacheEntries) {
    return new Matcher<>(this, cacheEntries);
  }

  /** Who gets a message of this topic; without a cache, from any thread. */
  public Matches<S> match(TopicName name) {
    return matcher(0).match(name.bytes(), 0, name.length());
  }

  Root<S> root() {
    return root;
  }

  TopicHash hashes() {
    return hashes;
  }
}
