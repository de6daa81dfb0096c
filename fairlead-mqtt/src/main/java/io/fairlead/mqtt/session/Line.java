package io.fairlead.mqtt.session;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A queue that takes next to no memory until something stands in it: most sessions of a broker are
 * away, and each has several. One thread at a time.
 */
final class Line<T> {
  private @Nullable ArrayDeque<T> places;

  void add(T one) {
    ArrayDeque<T> there = places;
    if (there == null) places = there = new ArrayDeque<>();
    there.addLast(one);
  }

  @Nullable T first() {
    return places == null ? null : places.peekFirst();
  }

  @Nullable T last() {
    return places == null ? null : places.peekLast();
  }

  /** Takes the first out; null: there is none. */
  @Nullable T poll() {
    return places == null ? null : places.pollFirst();
  }

  /** There must be one. */
  void removeLast() {
    if (places != null) places.removeLast();
  }

  boolean remove(T one) {
    return places != null && places.remove(one);
  }

  void removeIf(Predicate<? super T> out) {
    if (places != null) places.removeIf(out);
  }

  void forEach(Consumer<? super T> each) {
    if (places != null) places.forEach(each);
  }

  int size() {
    return places == null ? 0 : places.size();
  }

  boolean isEmpty() {
    return places == null || places.isEmpty();
  }

  /** All of them, in order; a copy. */
  List<T> all() {
    return places == null ? List.of() : List.copyOf(places);
  }

  void clear() {
    places = null;
  }

  /** If nothing stands here, gives back the room of what once did. */
  void shrink() {
    if (isEmpty()) places = null;
  }
}
