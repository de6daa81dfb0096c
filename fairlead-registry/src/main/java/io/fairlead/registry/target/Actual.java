package io.fairlead.registry.target;

import io.fairlead.registry.plan.Item;
import java.util.List;

/**
 * A target's list as it is.
 *
 * @param items in force, in order
 * @param local what the operator wrote, the base of {@code report} and {@code prune_only}: for an
 *     overlay the configured list, for a rewritten file its lines and those taken out of it that
 *     may come back
 */
public record Actual(List<Item> items, List<Item> local) {
  public Actual {
    items = List.copyOf(items);
    local = List.copyOf(local);
  }

  /** A list that is its own base. */
  public static Actual of(List<Item> items) {
    return new Actual(items, items);
  }

  /** {@link Item#digest} of the lines in force. */
  public String digest() {
    return Item.digest(items);
  }
}
