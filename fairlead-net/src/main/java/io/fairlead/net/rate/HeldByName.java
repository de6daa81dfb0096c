package io.fairlead.net.rate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One thing for each name that somebody holds, gone when the last one lets go. Any thread. */
public final class HeldByName<V> {
  private record Held<V>(V value, int holders) {}

  private final Map<String, Held<V>> byName = new ConcurrentHashMap<>();

  /** The one of that name until {@link #leave}; the first to hold it makes it. */
  public V hold(String name, Supplier<V> made) {
    return byName
        .compute(
            name,
            (_, there) ->
                there == null
                    ? new Held<>(made.get(), 1)
                    : new Held<>(there.value(), there.holders() + 1))
        .value();
  }

  /** Ends what one {@link #hold} began. */
  public void leave(String name) {
    byName.computeIfPresent(
        name,
        (_, there) -> there.holders() == 1 ? null : new Held<>(there.value(), there.holders() - 1));
  }

  /** All that are held now. */
  public void forEach(Consumer<? super V> action) {
    byName.values().forEach(held -> action.accept(held.value()));
  }

  /** How many names are held. */
  int size() {
    return byName.size();
  }
}
