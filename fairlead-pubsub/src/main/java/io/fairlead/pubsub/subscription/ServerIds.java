package io.fairlead.pubsub.subscription;

import io.fairlead.pubsub.codec.ServerIdKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which subscriptions a server's id stands for: one, unless the server gives the same id twice. Ids
 * that were given back are remembered for 30 s, so that stragglers are known for what they are.
 * Confined to one thread.
 *
 * @param <S> subscriptions
 */
public final class ServerIds<S> {
  private static final long TOMBSTONE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final int TOMBSTONES_MAX = 10_000;

  private record Gone(ServerIdKey key, long untilNanos) {}

  private final Map<ServerIdKey, List<S>> ids = new HashMap<>();
  private final Set<ServerIdKey> gone = new HashSet<>();
  private final ArrayDeque<Gone> order = new ArrayDeque<>();

  /**
   * @return whether nobody had the id
   */
  public boolean bind(ServerIdKey key, S subscription) {
    gone.remove(key);
    List<S> before = ids.get(key);
    if (before == null) {
      ids.put(key, List.of(subscription));
      return true;
    }
    List<S> all = new ArrayList<>(before);
    all.add(subscription);
    ids.put(key, List.copyOf(all));
    return false;
  }

  /**
   * @return whether nobody has the id any more
   */
  public boolean unbind(ServerIdKey key, S subscription, long nowNanos) {
    List<S> before = ids.get(key);
    if (before == null) return true;
    List<S> left = before.stream().filter(each -> each != subscription).toList();
    if (!left.isEmpty()) {
      ids.put(key, left);
      return false;
    }
    ids.remove(key);
    gone.add(key);
    order.add(new Gone(key, nowNanos + TOMBSTONE_NANOS));
    while (order.size() > TOMBSTONES_MAX
        || !order.isEmpty() && order.peek().untilNanos - nowNanos <= 0) {
      gone.remove(order.remove().key);
    }
    return true;
  }

  /** The subscriptions of an id; empty when nobody has it. */
  public List<S> of(ServerIdKey probe) {
    return ids.getOrDefault(probe, List.of());
  }

  /** Whether the id was given back a moment ago. */
  public boolean gone(ServerIdKey probe) {
    return gone.contains(probe);
  }

  /** A new connection: no id is known. */
  public void clear() {
    ids.clear();
    gone.clear();
    order.clear();
  }
}
