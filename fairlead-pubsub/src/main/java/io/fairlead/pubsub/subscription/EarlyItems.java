package io.fairlead.pubsub.subscription;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.codec.ServerIdKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Items of ids that nobody knows yet, because the answer that names them is still on its way. At
 * most 256 items and 1 MiB for 5 s; what does not fit is the caller's to count. Confined to one
 * thread.
 */
public final class EarlyItems {
  private static final int ITEMS_MAX = 256;
  private static final int BYTES_MAX = 1 << 20;
  private static final long NANOS_MAX = Duration.ofSeconds(5).toNanos();

  private record Early(ServerIdKey key, JsonSlice item, long atNanos) {}

  private final ArrayDeque<Early> items = new ArrayDeque<>();
  private int bytes;

  /**
   * @return whether there was room
   */
  public boolean add(ServerIdKey key, JsonSlice item, long nowNanos) {
    expire(nowNanos);
    if (items.size() >= ITEMS_MAX || bytes + item.length() > BYTES_MAX) return false;
    items.add(new Early(key, item, nowNanos));
    bytes += item.length();
    return true;
  }

  /** Takes out the items of an id, in order. */
  public List<JsonSlice> take(ServerIdKey key, long nowNanos) {
    expire(nowNanos);
    if (items.isEmpty()) return List.of();
    List<JsonSlice> found = new ArrayList<>();
    for (Iterator<Early> each = items.iterator(); each.hasNext(); ) {
      Early early = each.next();
      if (!early.key.equals(key)) continue;
      found.add(early.item);
      bytes -= early.item.length();
      each.remove();
    }
    return found;
  }

  /** Forgets everything. */
  public void clear() {
    items.clear();
    bytes = 0;
  }

  private void expire(long nowNanos) {
    for (Early first = items.peek();
        first != null && nowNanos - first.atNanos > NANOS_MAX;
        first = items.peek()) {
      bytes -= first.item.length();
      items.remove();
    }
  }
}
