package io.fairlead.registry.plan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where local names lead: the keys a line would have, were it written with the name's addresses.
 * They are compared with, never written. Immutable.
 *
 * @param byKey of a line with a name: its keys by address
 */
public record Aliases(Map<String, List<String>> byKey) {
  public static final Aliases NONE = new Aliases(Map.of());

  public Aliases {
    Map<String, List<String>> copy = new HashMap<>();
    byKey.forEach((key, others) -> copy.put(key, List.copyOf(others)));
    byKey = Map.copyOf(copy);
  }

  /** Empty when the key is not that of a name, or nobody knows where it leads. */
  public List<String> of(String key) {
    return byKey.getOrDefault(key, List.of());
  }
}
