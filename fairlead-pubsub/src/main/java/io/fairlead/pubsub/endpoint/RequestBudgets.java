package io.fairlead.pubsub.endpoint;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all connections to an endpoint are held to together: those of a service, of its large
 * questions, of a race or quorum. One budget for each endpoint that has a rate, as configured.
 * Thread-safe.
 */
public final class RequestBudgets {
  private record Key(String alias, int perSecond) {}

  private final Map<Key, RequestBudget> budgets = new ConcurrentHashMap<>();

  /**
   * @param perSecond 0 for none
   */
  public Optional<RequestBudget> of(String alias, int perSecond, long nowNanos) {
    if (perSecond == 0) return Optional.empty();
    return Optional.of(
        budgets.computeIfAbsent(
            new Key(alias, perSecond), _ -> new RequestBudget(perSecond, nowNanos)));
  }
}
