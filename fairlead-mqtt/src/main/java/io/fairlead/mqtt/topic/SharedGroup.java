package io.fairlead.mqtt.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The members of one {@code $share/group/filter}. The members are an immutable snapshot; whose turn
 * it is, is shared by all snapshots of the same group and may be asked from any thread.
 */
public final class SharedGroup<S> implements HashTrie.Leaf<SharedGroup<S>> {
  // More members than this are not all asked: the best of as many, from a moving start, is as good.
  private static final int ASKED_MAX = 256;

  private final TopicFilter filter;
  private final String name;
  private final HashTrie<Subscription<S>> members;
  private final Turn<S> turn;

  private SharedGroup(
      TopicFilter filter, String name, HashTrie<Subscription<S>> members, Turn<S> turn) {
    this.filter = filter;
    this.name = name;
    this.members = members;
    this.turn = turn;
  }

  static <S> SharedGroup<S> first(TopicFilter filter, Subscription<S> member) {
    return new SharedGroup<>(filter, nameOf(filter), member, new Turn<>());
  }

  /** The whole filter, {@code $share/group/…}: what tells this group from all others. */
  public TopicFilter filter() {
    return filter;
  }

  /** The group's name. */
  public String name() {
    return name;
  }

  /** How many members it has, 1 or more. */
  public int size() {
    return members.size();
  }

  /** Every member with what it was granted. */
  public void forEachMember(Consumer<? super Receiver<S>> visitor) {
    HashTrie.forEach(members, visitor);
  }

  /**
   * Chooses who gets a message. A member that is not ready is passed over; who was chosen has to be
   * asked again by the caller on the member's own thread, and {@code pick} called anew if it is not
   * ready any more.
   *
   * @param choiceHash hash of the publisher's client id or of the topic, for the strategies that go
   *     by one; any value for the others
   * @return null when no member is ready: the message waits with the group
   */
  public @Nullable Receiver<S> pick(
      SharedStrategy strategy, int choiceHash, MemberView<? super S> view) {
    return switch (strategy) {
      case ROUND_ROBIN -> nextReady(turn.next(size()), view);
      case LEAST_INFLIGHT -> leastBusy(view);
      case STICKY -> sticky(view);
      case HASH_CLIENT_ID, HASH_TOPIC -> nextReady(Math.floorMod(spread(choiceHash), size()), view);
    };
  }

  /**
   * The members that could take a message now, for whoever chooses by rules of his own; at most
   * {@value #ASKED_MAX}, from a moving start.
   */
  public List<Receiver<S>> ready(MemberView<? super S> view) {
    int size = size();
    int start = turn.next(size);
    List<Receiver<S>> ready = new ArrayList<>(Math.min(size, ASKED_MAX));
    for (int i = 0; i < size && ready.size() < ASKED_MAX; i++) {
      Subscription<S> member = HashTrie.nth(members, (start + i) % size);
      if (view.ready(member.subscriber())) ready.add(member);
    }
    return ready;
  }

  private @Nullable Receiver<S> nextReady(int start, MemberView<? super S> view) {
    int size = size();
    for (int i = 0; i < size; i++) {
      Subscription<S> member =
          HashTrie.nth(members, start + i < size ? start + i : start + i - size);
      if (view.ready(member.subscriber())) return member;
    }
    return null;
  }

  private @Nullable Receiver<S> leastBusy(MemberView<? super S> view) {
    int size = size();
    int start = turn.next(size); // equals share: the first asked is another each time
    Subscription<S> best = null;
    int bestInflight = Integer.MAX_VALUE;
    for (int i = 0; i < Math.min(size, ASKED_MAX); i++) {
      Subscription<S> member = HashTrie.nth(members, (start + i) % size);
      if (!view.ready(member.subscriber())) continue;
      int inflight = view.inflight(member.subscriber());
      if (inflight >= bestInflight) continue;
      best = member;
      bestInflight = inflight;
    }
    return best == null && size > ASKED_MAX ? nextReady(start, view) : best;
  }

  private @Nullable Receiver<S> sticky(MemberView<? super S> view) {
    S held = turn.held.get();
    if (held != null && view.ready(held)) {
      Subscription<S> member = member(held);
      if (member != null) return member;
    }
    Receiver<S> chosen = nextReady(turn.next(size()), view);
    if (chosen != null) turn.held.compareAndSet(held, chosen.subscriber());
    return chosen;
  }

  private @Nullable Subscription<S> member(S subscriber) {
    return HashTrie.find(members, Subscription.hashOf(subscriber), Subscription.of(subscriber));
  }

  @Nullable SubscribeOptions optionsOf(S subscriber) {
    Subscription<S> member = member(subscriber);
    return member == null ? null : member.options();
  }

  SharedGroup<S> with(Subscription<S> member) {
    return new SharedGroup<>(
        filter, name, HashTrie.put(members, member, Subscription.of(member.subscriber())), turn);
  }

  @Nullable SharedGroup<S> without(S subscriber) {
    HashTrie<Subscription<S>> left =
        HashTrie.remove(members, Subscription.hashOf(subscriber), Subscription.of(subscriber));
    if (left == members) return this;
    turn.held.compareAndSet(subscriber, null);
    return left == null ? null : new SharedGroup<>(filter, name, left, turn);
  }

  @Override
  public int hash() {
    return hashOf(filter);
  }

  static int hashOf(TopicFilter filter) {
    return spread(nameOf(filter).hashCode());
  }

  static <S> HashTrie.Probe<SharedGroup<S>> of(TopicFilter filter) {
    String name = nameOf(filter);
    return group -> group.name.equals(name);
  }

  private static String nameOf(TopicFilter filter) {
    return filter.group().orElseThrow();
  }

  private static int spread(int hash) {
    int mixed = (hash ^ hash >>> 16) * 0x85EB_CA6B;
    return mixed ^ mixed >>> 13;
  }

  /** Whose turn it is; the only thing about a group that changes in place. */
  private static final class Turn<S> {
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicReference<@Nullable S> held = new AtomicReference<>();

    int next(int size) {
      return Math.floorMod(count.getAndIncrement(), size);
    }
  }
}
