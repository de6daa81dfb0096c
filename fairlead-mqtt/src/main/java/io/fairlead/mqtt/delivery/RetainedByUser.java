package io.fairlead.mqtt.delivery;

import io.fairlead.core.unit.Limit;
import io.fairlead.mqtt.store.Message;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many retained messages each account has set, as far as that is bounded. Only what was set in
 * this process counts: the store does not know accounts of messages. Thread-safe.
 */
final class RetainedByUser {
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Message, String> owners = new ConcurrentHashMap<>();

  /**
   * Takes a place for one more.
   *
   * @param before what it replaces; null: nothing
   */
  boolean begin(Message message, String account, Limit most, @Nullable Message before) {
    if (most instanceof Limit.Unlimited) return true;
    int freed = before != null && account.equals(owners.get(before)) ? 1 : 0;
    boolean[] taken = new boolean[1];
    counts.compute(
        account,
        (_, now) -> {
          int count = now == null ? 0 : now;
          taken[0] = most.admits(count + 1L - freed);
          return taken[0] ? Integer.valueOf(count + 1) : now;
        });
    if (taken[0]) owners.put(message, account);
    return taken[0];
  }

  /** It is not retained any more; null: there was none. */
  void end(@Nullable Message message) {
    String account = message == null || owners.isEmpty() ? null : owners.remove(message);
    if (account == null) return;
    counts.computeIfPresent(account, (_, now) -> now <= 1 ? null : now - 1);
  }
}
