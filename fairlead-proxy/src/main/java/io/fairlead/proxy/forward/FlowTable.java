package io.fairlead.proxy.forward;

import io.fairlead.core.unit.Limit;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The live flows of one service, and how many each account has. Thread-safe. Holds at most one flow
 * for each open connection, which the listeners bound.
 */
public final class FlowTable {
  private final Set<Flow> live = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, Integer> byUser = new ConcurrentHashMap<>();

  /**
   * Takes a place for one flow of {@code user}; nobody in particular needs none.
   *
   * @return false when the account has as many as it may; nothing was taken then
   */
  public boolean reserve(Optional<String> user, Limit limit) {
    if (user.isEmpty()) return true;
    boolean[] taken = new boolean[1];
    byUser.compute(
        user.get(),
        (_, count) -> {
          int have = count == null ? 0 : count;
          taken[0] = limit.admits(have + 1L);
          return taken[0] ? Integer.valueOf(have + 1) : count;
        });
    return taken[0];
  }

  /** Gives the place back. */
  public void release(Optional<String> user) {
    user.ifPresent(
        name -> byUser.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1));
  }

  public void add(Flow flow) {
    live.add(flow);
  }

  public void remove(Flow flow) {
    live.remove(flow);
  }

  public int size() {
    return live.size();
  }

  /** Visits every flow there is, weakly consistent. */
  public void forEach(Consumer<? super Flow> visitor) {
    live.forEach(visitor);
  }

  /** Accounts with a place; for tests of the bookkeeping. */
  int usersWithFlows() {
    return byUser.size();
  }
}
