package io.fairlead.registry.plan;

import io.fairlead.registry.model.CanonicalAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lines of two lists are compared by: for an address its transport and place, and its peer id
 * when it names one; for a member its entry id. Two addresses are the same when their places are
 * and their peer ids do not differ.
 */
public final class Keys {
  private static final String PEER = " p2p:";

  private Keys() {}

  public static String of(CanonicalAddress address) {
    return address.peerId().map(id -> address.key() + PEER + id).orElse(address.key());
  }

  private static String place(String key) {
    int at = key.indexOf(PEER);
    return at < 0 ? key : key.substring(0, at);
  }

  /** Values by key, found under the rule above. Not thread-safe. */
  static final class Index<T> {
    private final Map<String, T> exact = new HashMap<>();
    private final Map<String, T> byPlace = new HashMap<>();

    /** The first value of a key stays. */
    void put(String key, T value) {
      exact.putIfAbsent(key, value);
      byPlace.putIfAbsent(place(key), value);
    }

    @Nullable T find(String key) {
      T found = exact.get(key);
      if (found != null) return found;
      String place = place(key);
      return place.equals(key) ? byPlace.get(place) : exact.get(place);
    }

    boolean has(String key) {
      return find(key) != null;
    }
  }
}
