package io.fairlead.http.upstream;

import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Gives names to endpoints that have none: one that stays with an endpoint, from a range that does
 * not grow. For one enrolment, whose cost is that of its newcomers. Owned by its cluster.
 */
final class FreeNames {
  private final Set<String> taken = new HashSet<>();
  private int next = 1;

  FreeNames(Collection<Endpoint> known) {
    for (Endpoint endpoint : known) taken.add(endpoint.name());
  }

  /** The name it wishes, or one that nobody has. */
  String of(Optional<String> wish) {
    if (wish.isPresent()) {
      taken.add(wish.get());
      return wish.get();
    }
    while (!taken.add("e" + next)) next++;
    return "e" + next;
  }
}
