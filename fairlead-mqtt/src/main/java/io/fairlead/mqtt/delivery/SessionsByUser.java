package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Principal;
import io.fairlead.core.unit.Limit;
import java.util.concurrent.ConcurrentHashMap;

/** How many sessions each account has; those of nobody in particular are not counted. */
final class SessionsByUser {
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

  /** Takes a place for one more. Thread-safe. */
  boolean begin(Principal principal, Limit most) {
    if (principal.equals(Principal.ANONYMOUS)) return true;
    boolean[] taken = new boolean[1];
    counts.compute(
        principal.id(),
        (_, now) -> {
          int count = now == null ? 0 : now;
          taken[0] = most.admits(count + 1L);
          if (taken[0]) return count + 1;
          return now;
        });
    return taken[0];
  }

  /** Gives it back. Thread-safe. */
  void end(Principal principal) {
    if (principal.equals(Principal.ANONYMOUS)) return;
    counts.computeIfPresent(principal.id(), (_, now) -> now <= 1 ? null : now - 1);
  }
}
