package io.fairlead.registry.plan;

import io.fairlead.registry.model.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The change a target needs.
 *
 * @param target name of the target
 * @param source name of the list, several joined by {@code +}
 * @param position where in the source's history the wanted list was read
 * @param tx the transaction behind it, for sources that have one
 * @param beforeDigest {@link Item#digest} of the list the plan starts from
 * @param changes what happens, removals first
 * @param result the whole list afterwards
 * @param unknown lines the sources want that the target does not take up under its policy
 */
public record Plan(
    String target,
    Policy policy,
    String source,
    String position,
    Optional<String> tx,
    String beforeDigest,
    List<Change> changes,
    List<Item> result,
    List<String> unknown) {
  public Plan {
    changes = List.copyOf(changes);
    result = List.copyOf(result);
    unknown = List.copyOf(unknown);
  }

  /** Same for the same change of the same list; what {@code approve} names. */
  public String id() {
    String whole = target + "\n" + beforeDigest + "\n" + afterDigest();
    return "p-" + Snapshot.sha256(whole.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Digest of the list afterwards. */
  public String afterDigest() {
    return Item.digest(result);
  }

  public boolean empty() {
    return changes.isEmpty();
  }

  /** Keys that leave. */
  public Set<String> removedKeys() {
    Set<String> keys = new HashSet<>();
    for (Change change : changes) {
      if (change.removes()) keys.addAll(change.keys());
    }
    return keys;
  }

  /** Removals nobody said aloud: what the rails count. */
  public long silentRemovals() {
    return changes.stream().filter(c -> c.removes() && !c.reason().explicit()).count();
  }

  public long additions() {
    return changes.stream().filter(Change::adds).count();
  }

  /** Whether explicit removals are in it next to others. */
  public boolean hasExplicit() {
    return changes.stream().anyMatch(change -> change.reason().explicit());
  }

  /**
   * Only what somebody said aloud, as a plan of its own.
   *
   * @param actual the list in force
   */
  public Plan explicitOnly(List<Item> actual) {
    List<Change> kept = changes.stream().filter(change -> change.reason().explicit()).toList();
    Map<String, Item> after = new HashMap<>();
    for (Item item : result) item.keys().forEach(key -> after.put(key, item));
    Set<String> gone = new HashSet<>();
    Set<String> changed = new HashSet<>();
    for (Change change : kept) (change.removes() ? gone : changed).addAll(change.keys());
    List<Item> next = new java.util.ArrayList<>();
    for (Item item : actual) {
      List<String> keys = item.keys().stream().filter(key -> !gone.contains(key)).toList();
      if (keys.isEmpty()) continue;
      Item replaced = keys.stream().anyMatch(changed::contains) ? after.get(keys.getFirst()) : null;
      if (replaced != null) next.add(replaced);
      else next.add(keys.size() == item.keys().size() ? item : Planner.narrowed(item, keys));
    }
    return new Plan(target, policy, source, position, tx, beforeDigest, kept, next, unknown);
  }

  /** The same change towards another list, e.g. back to the last good one. */
  public Plan towards(List<Item> list, String before, List<Change> steps) {
    return new Plan(target, policy, source, position, tx, before, steps, list, List.of());
  }
}
