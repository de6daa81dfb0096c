package io.fairlead.mqtt.topic;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Everybody whose filter ends at one place of the tree. Immutable; never empty. */
record Subscribers<S>(
    @Nullable HashTrie<Subscription<S>> single, @Nullable HashTrie<SharedGroup<S>> groups) {

  static <S> Subscribers<S> with(
      @Nullable Subscribers<S> old, TopicFilter filter, Subscription<S> entry) {
    HashTrie<Subscription<S>> single = old == null ? null : old.single;
    HashTrie<SharedGroup<S>> groups = old == null ? null : old.groups;
    if (!filter.shared())
      return new Subscribers<>(
          HashTrie.put(single, entry, Subscription.of(entry.subscriber())), groups);
    SharedGroup<S> group = group(groups, filter);
    SharedGroup<S> grown = group == null ? SharedGroup.first(filter, entry) : group.with(entry);
    return new Subscribers<>(single, HashTrie.put(groups, grown, SharedGroup.of(filter)));
  }

  /** Null when nobody is left; {@code old} itself when the subscriber was not there. */
  static <S> @Nullable Subscribers<S> without(
      @Nullable Subscribers<S> old, TopicFilter filter, S subscriber) {
    if (old == null) return null;
    HashTrie<Subscription<S>> single = old.single;
    HashTrie<SharedGroup<S>> groups = old.groups;
    if (filter.shared()) {
      SharedGroup<S> group = group(groups, filter);
      if (group == null) return old;
      SharedGroup<S> left = group.without(subscriber);
      if (left == group) return old;
      groups =
          left == null
              ? HashTrie.remove(groups, SharedGroup.hashOf(filter), SharedGroup.of(filter))
              : HashTrie.put(groups, left, SharedGroup.of(filter));
    } else {
      single =
          HashTrie.remove(single, Subscription.hashOf(subscriber), Subscription.of(subscriber));
      if (single == old.single) return old;
    }
    return single == null && groups == null ? null : new Subscribers<>(single, groups);
  }

  @Nullable SubscribeOptions options(TopicFilter filter, S subscriber) {
    if (filter.shared()) {
      SharedGroup<S> group = group(groups, filter);
      return group == null ? null : group.optionsOf(subscriber);
    }
    Subscription<S> entry = find(subscriber);
    return entry == null ? null : entry.options();
  }

  @Nullable Subscription<S> find(S subscriber) {
    return HashTrie.find(single, Subscription.hashOf(subscriber), Subscription.of(subscriber));
  }

  void forEachGroup(Consumer<? super SharedGroup<S>> visitor) {
    HashTrie.forEach(groups, visitor);
  }

  private static <S> @Nullable SharedGroup<S> group(
      @Nullable HashTrie<SharedGroup<S>> groups, TopicFilter filter) {
    return HashTrie.find(groups, SharedGroup.hashOf(filter), SharedGroup.of(filter));
  }
}
