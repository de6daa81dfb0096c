package io.fairlead.mqtt.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Who gets the messages of one topic under one root: every subscriber once, and every shared group.
 * Immutable; may be handed to other threads and kept, but is out of date once the tree changes.
 *
 * <p>Up to {@value #LISTED_MAX} receivers are listed; beyond that only the places of the tree are
 * kept and each walk merges anew, so that a topic with a million subscribers costs no list of a
 * million.
 */
public final class Matches<S> {
  private static final int LISTED_MAX = 10_000;
  private static final Matches<?> NONE = new Matches<>(List.of(), List.of());

  private final List<Subscribers<S>> places; // that have single subscribers
  private final List<SharedGroup<S>> groups;
  private final List<Receiver<S>> listed; // empty when there are too many
  private final boolean isListed;

  private Matches(List<Subscribers<S>> places, List<SharedGroup<S>> groups) {
    this.places = places;
    this.groups = groups;
    int entries = entries();
    this.isListed = entries <= LISTED_MAX;
    this.listed = isListed ? listed(entries) : List.of();
  }

  @SuppressWarnings("unchecked") // holds no S
  static <S> Matches<S> of(List<Subscribers<S>> found) {
    if (found.isEmpty()) return (Matches<S>) NONE;
    List<Subscribers<S>> places = new ArrayList<>(found.size());
    List<SharedGroup<S>> groups = new ArrayList<>();
    for (Subscribers<S> place : found) {
      if (place.single() != null) places.add(place);
      place.forEachGroup(groups::add);
    }
    return new Matches<>(List.copyOf(places), List.copyOf(groups));
  }

  private List<Receiver<S>> listed(int entries) {
    List<Receiver<S>> receivers = new ArrayList<>(entries);
    walk(receivers::add);
    return receivers;
  }

  /** Whether nobody gets it. */
  public boolean isEmpty() {
    return places.isEmpty() && groups.isEmpty();
  }

  /** The receivers outside of groups, each once; beyond the list's size an upper bound. */
  public int receiversAtMost() {
    return isListed ? listed.size() : entries();
  }

  /** Visits every receiver outside of groups once. */
  public void forEachReceiver(Consumer<? super Receiver<S>> visitor) {
    if (!isListed) {
      walk(visitor);
      return;
    }
    for (int i = 0; i < listed.size(); i++) visitor.accept(listed.get(i));
  }

  /** The shared groups, of each of which one member gets it. */
  public List<SharedGroup<S>> groups() {
    return groups;
  }

  private int entries() {
    int entries = 0;
    for (Subscribers<S> place : places) entries += HashTrie.sizeOf(place.single());
    return entries;
  }

  private void walk(Consumer<? super Receiver<S>> visitor) {
    if (places.size() == 1) {
      HashTrie.forEach(places.getFirst().single(), visitor);
      return;
    }
    for (int i = 0; i < places.size(); i++) {
      int place = i;
      HashTrie.forEach(
          places.get(i).single(),
          entry -> {
            if (!foundBefore(place, entry.subscriber())) visitor.accept(merged(place, entry));
          });
    }
  }

  private boolean foundBefore(int place, S subscriber) {
    for (int i = 0; i < place; i++) {
      if (places.get(i).find(subscriber) != null) return true;
    }
    return false;
  }

  private Receiver<S> merged(int place, Receiver<S> entry) {
    Receiver<S> receiver = entry;
    for (int i = place + 1; i < places.size(); i++) {
      Subscription<S> more = places.get(i).find(entry.subscriber());
      if (more != null) receiver = receiver.and(more);
    }
    return receiver;
  }
}
