package io.fairlead.pubsub.endpoint;

import io.fairlead.core.mailbox.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What several endpoints together say: each of them adds items and takes them back, and an item is
 * told while enough of them hold it. With one of many this is a race: the first copy counts, and so
 * does the first that takes it back.
 *
 * <pre>
 * unknown --added by fewer than needed-->       waiting
 * waiting --added by as many as needed-->       told     (Added)
 * waiting --the time is over-->                 waiting  (Disagreement), or told (Added, flagged)
 * waiting --taken back by all who held it-->    unknown
 * told    --taken back by as many as needed-->  taken back (Removed)
 * told    --nobody holds it-->                  taken back (Removed)
 * taken back --added again by enough-->         told     (Added)
 * any     --an endpoint is lost-->              its taking back counts no longer
 * </pre>
 *
 * <p>An endpoint that is lost keeps what it added: it said so once, and says nothing against it.
 * Its removals are forgotten, or one that was wrong and then died would keep an item away for ever.
 *
 * <p>Bounded: at most {@code itemsMax} are known, more than all endpoints together remember; the
 * oldest is forgotten, and said to be if it was still waiting (Overflow).
 *
 * <p>Not thread-safe: belongs to its service.
 *
 * @param <K> what makes an item the same at all endpoints
 * @param <V> the item
 */
public final class Agreement<K, V>
    implements Machine<Agreement.Input<K, V>, Agreement.Effect<K, V>> {
  /** What endpoints say. They are called by their place, from 0. */
  public sealed interface Input<K, V> {
    record Added<K, V>(int endpoint, K key, V item) implements Input<K, V> {}

    record Removed<K, V>(int endpoint, K key) implements Input<K, V> {}

    record Lost<K, V>(int endpoint) implements Input<K, V> {}

    /** Time passed. */
    record Wake<K, V>() implements Input<K, V> {}
  }

  /** What follows. */
  public sealed interface Effect<K, V> {
    /**
     * @param flagged too few said so, and the time was over
     */
    record Added<K, V>(K key, V item, boolean flagged) implements Effect<K, V> {}

    record Removed<K, V>(K key, V item) implements Effect<K, V> {}

    /** After the time allowed only so many say so. */
    record Disagreement<K, V>(K key, int holders) implements Effect<K, V> {}

    record WakeAt<K, V>(long atNanos) implements Effect<K, V> {}

    /** Something that too few hold was forgotten for want of room. */
    record Overflow<K, V>(K key) implements Effect<K, V> {}
  }

  private static final class Item<V> {
    final V value;
    final long sinceNanos;
    final BitSet holders = new BitSet();
    final BitSet removers = new BitSet();
    boolean told;
    boolean disagreed;
    boolean flagged;

    Item(V value, long sinceNanos) {
      this.value = value;
      this.sinceNanos = sinceNanos;
    }
  }

  private final int needed;
  private final int endpoints;
  private final long timeoutNanos;
  private final boolean tellFlagged;
  private final int itemsMax;
  private final LinkedHashMap<K, Item<V>> items = new LinkedHashMap<>();
  private final LinkedHashMap<K, Item<V>> waiting = new LinkedHashMap<>(); // oldest first
  private boolean wakeAsked;

  /**
   * @param needed how many must hold an item, 1 – endpoints
   * @param timeout how long an item may wait before that is told
   * @param tellFlagged whether it is then told as an item, flagged, rather than waited for on
   * @param itemsMax items known at most
   */
  public Agreement(int needed, int endpoints, Duration timeout, boolean tellFlagged, int itemsMax) {
    if (needed < 1 || needed > endpoints) {
      throw new IllegalArgumentException(
          "needed: " + needed + " (expected: 1 - " + endpoints + ")");
    }
    if (itemsMax < 1) {
      throw new IllegalArgumentException("itemsMax: " + itemsMax + " (expected: >= 1)");
    }
    this.needed = needed;
    this.endpoints = endpoints;
    this.timeoutNanos = timeout.toNanos();
    this.tellFlagged = tellFlagged;
    this.itemsMax = itemsMax;
  }

  /** Items known. */
  public int size() {
    return items.size();
  }

  /** Items that too few hold and whose time is not over. */
  public int waiting() {
    return waiting.size();
  }

  @Override
  public void accept(Input<K, V> input, long nowNanos, Consumer<? super Effect<K, V>> effects) {
    switch (input) {
      case Input.Added<K, V>(int endpoint, K key, V value) -> {
        Item<V> item = items.computeIfAbsent(key, _ -> new Item<>(value, nowNanos));
        item.holders.set(endpoint);
        item.removers.clear(endpoint);
        settle(key, item, effects);
        makeRoom(effects);
      }
      case Input.Removed<K, V>(int endpoint, K key) -> {
        Item<V> item = items.get(key);
        if (item == null) return;
        item.holders.clear(endpoint);
        item.removers.set(endpoint);
        settle(key, item, effects);
      }
      case Input.Lost<K, V>(int endpoint) -> {
        for (Map.Entry<K, Item<V>> each : new ArrayList<>(items.entrySet())) {
          if (!each.getValue().removers.get(endpoint)) continue;
          each.getValue().removers.clear(endpoint);
          settle(each.getKey(), each.getValue(), effects);
        }
      }
      case Input.Wake<K, V> _ -> wakeAsked = false;
    }
    lookAtTime(nowNanos, effects);
  }

  private void settle(K key, Item<V> item, Consumer<? super Effect<K, V>> effects) {
    boolean enough = item.holders.cardinality() >= needed || item.flagged;
    boolean against = item.removers.cardinality() >= needed || item.holders.isEmpty();
    if (enough && !against && !item.told) {
      item.told = true;
      effects.accept(new Effect.Added<>(key, item.value, item.flagged));
    } else if (against && item.told) {
      item.told = false;
      item.flagged = false;
      effects.accept(new Effect.Removed<>(key, item.value));
    }
    if (item.told || against) waiting.remove(key);
    else waiting.putIfAbsent(key, item);
    if (item.removers.cardinality() == endpoints) items.remove(key);
  }

  private void lookAtTime(long nowNanos, Consumer<? super Effect<K, V>> effects) {
    while (!waiting.isEmpty()) {
      Map.Entry<K, Item<V>> oldest = waiting.firstEntry();
      long dueNanos = oldest.getValue().sinceNanos + timeoutNanos;
      if (nowNanos - dueNanos < 0) {
        if (!wakeAsked) effects.accept(new Effect.WakeAt<>(dueNanos));
        wakeAsked = true;
        return;
      }
      waiting.remove(oldest.getKey());
      disagree(oldest.getKey(), oldest.getValue(), effects);
    }
  }

  private void disagree(K key, Item<V> item, Consumer<? super Effect<K, V>> effects) {
    if (!item.disagreed) {
      effects.accept(new Effect.Disagreement<>(key, item.holders.cardinality()));
    }
    item.disagreed = true;
    if (!tellFlagged) return;
    item.flagged = true;
    settle(key, item, effects);
  }

  private void makeRoom(Consumer<? super Effect<K, V>> effects) {
    if (items.size() <= itemsMax) return;
    Map.Entry<K, Item<V>> oldest = items.pollFirstEntry();
    K key = oldest.getKey();
    Item<V> item = oldest.getValue();
    waiting.remove(key);
    boolean settled = item.told || item.holders.isEmpty();
    if (!settled) effects.accept(new Effect.Overflow<>(key));
  }
}
