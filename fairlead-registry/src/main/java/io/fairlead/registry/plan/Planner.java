package io.fairlead.registry.plan;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.plan.Change.Op;
import io.fairlead.registry.plan.Change.Reason;
import io.fairlead.registry.plan.Desired.Out;
import io.fairlead.registry.plan.TargetRules.Match;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares what is wanted with what is in force. A pure function of its inputs; one object plans
 * once.
 *
 * <pre>
 * report       the local list stays
 * prune_only   (local ∩ wanted) ∪ pinned − denied
 * mirror       (wanted ∪ pinned) − denied
 * </pre>
 */
public final class Planner {
  /**
   * What came of planning.
   *
   * @param plan under {@code report} what {@code mirror} would do, for people
   * @param due when to look again although nothing new was heard
   */
  public record Planned(Plan plan, Optional<Instant> due) {}

  /**
   * What is in force and how it is kept.
   *
   * @param items in force
   * @param local what the operator wrote
   * @param attributes whether lines carry more than their text
   */
  public record Base(List<Item> items, List<Item> local, boolean attributes) {}

  private final TargetRules rules;
  private final Desired desired;
  private final Base base;
  private final Memory memory;
  private final Instant now;
  private final Keys.Index<Item> wanted = new Keys.Index<>();
  private final Keys.Index<Item> inForce = new Keys.Index<>();
  private final Keys.Index<Boolean> pinned = new Keys.Index<>();
  private final Keys.Index<Boolean> denied = new Keys.Index<>();
  private Optional<Instant> due = Optional.empty();

  private Planner(TargetRules rules, Desired desired, Base base, Memory memory, Instant now) {
    this.rules = rules;
    this.desired = desired;
    this.base = base;
    this.memory = memory;
    this.now = now;
  }

  /**
   * Plans.
   *
   * @param memory what left when; read only
   */
  public static Planned plan(
      TargetRules rules, Desired desired, Base base, Memory memory, Instant now) {
    return new Planner(rules, desired, base, memory, now).run();
  }

  private Planned run() {
    for (String text : rules.pinned()) keysOf(text).forEach(key -> pinned.put(key, true));
    for (String text : rules.denied()) keysOf(text).forEach(key -> denied.put(key, true));
    for (Item item : desired.items()) {
      Item kept = base.attributes() ? item : item.bare();
      item.keys().forEach(key -> wanted.put(key, kept));
    }
    desired.aliases().byKey().keySet().forEach(this::listedByAddress);
    for (Item item : base.items()) item.keys().forEach(key -> inForce.put(key, item));
    desired.expiries().values().forEach(this::wake);

    List<Item> next = rules.policy() == Policy.PRUNE_ONLY ? pruned() : mirrored();
    List<Item> result = fading(next);
    List<Change> changes = changes(result);
    Plan plan =
        new Plan(
            rules.name(),
            rules.policy(),
            desired.source(),
            desired.position(),
            Optional.empty(),
            Item.digest(base.items()),
            changes,
            changes.isEmpty() ? base.items() : result,
            unknown());
    return new Planned(plan, due);
  }

  /** A name that is not listed itself stands for the first listed address it leads to. */
  private void listedByAddress(String name) {
    if (wanted.has(name)) return;
    for (String key : desired.aliases().of(name)) {
      Item listed = wanted.find(key);
      if (listed == null) continue;
      wanted.put(name, listed);
      return;
    }
  }

  private static List<String> keysOf(String text) {
    try {
      return AddressParser.ofOperator().node(text).stream().map(Keys::of).toList();
    } catch (BadAddressException notAnAddress) {
      return List.of(text); // a member, by its entry
    }
  }

  private boolean allowed(String key) {
    if (isDenied(key)) return false;
    return pinned.has(key) || wanted.has(key);
  }

  private boolean isDenied(String key) {
    return denied.has(key)
        || denied.has(idOf(key))
        || desired.aliases().of(key).stream().anyMatch(denied::has);
  }

  /** The part of a member's key behind its source; an address has none. */
  private static String idOf(String key) {
    int at = key.indexOf("/0x");
    return at < 0 ? key : key.substring(at + 1);
  }

  /** Keys of a line that may stay, and those that may come. */
  private List<String> kept(Item item) {
    List<String> keys = item.keys();
    boolean whole =
        switch (rules.match()) {
          case PER_ADDRESS -> false;
          case ANY -> keys.stream().anyMatch(this::allowed);
          case FIRST -> allowed(keys.stream().min(String::compareTo).orElseThrow());
        };
    if (rules.match() != Match.PER_ADDRESS && !whole) return List.of();
    List<String> kept = new ArrayList<>();
    for (String key : keys) {
      boolean stays = whole ? !isDenied(key) : allowed(key);
      if (stays && admitted(key)) kept.add(key);
    }
    return kept;
  }

  /** What is not in force may be kept waiting. */
  private boolean admitted(String key) {
    if (inForce.has(key) || pinned.has(key)) return true;
    Optional<Instant> until = memory.barredUntil(key, rules.rails(), now);
    until.ifPresent(this::wake);
    return until.isEmpty();
  }

  private List<Item> pruned() {
    List<Item> result = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Item item : base.local()) {
      List<String> kept = kept(item).stream().filter(seen::add).toList();
      if (kept.isEmpty()) continue;
      result.add(kept.size() == item.keys().size() ? item : narrowed(item, kept));
    }
    return result;
  }

  private List<Item> mirrored() {
    List<Item> result = new ArrayList<>();
    Keys.Index<Boolean> seen = new Keys.Index<>();
    for (Item item : base.items()) {
      List<String> kept = kept(item).stream().filter(key -> !seen.has(key)).toList();
      if (kept.isEmpty()) continue;
      Item line = kept.size() == item.keys().size() ? item : narrowed(item, kept);
      Item wish = wanted.find(kept.getFirst());
      result.add(wish == null || !base.attributes() ? line : wish.with(line.text(), line.keys()));
      for (String key : kept) {
        seen.put(key, true);
        desired.aliases().of(key).forEach(address -> seen.put(address, true));
      }
    }
    for (Item item : desired.items()) {
      List<String> coming =
          item.keys().stream()
              .filter(key -> !isDenied(key) && !seen.has(key) && admitted(key))
              .toList();
      if (coming.isEmpty()) continue;
      Item line = base.attributes() ? item : item.bare();
      result.add(coming.size() == item.keys().size() ? line : narrowed(line, coming));
      coming.forEach(key -> seen.put(key, true));
    }
    for (String text : rules.pinned().stream().sorted().toList()) {
      List<String> keys = keysOf(text);
      boolean address = !keys.equals(List.of(text)) || text.indexOf(':') >= 0;
      if (!address || keys.stream().anyMatch(key -> seen.has(key) || isDenied(key))) continue;
      result.add(pinnedLine(text, keys));
    }
    return result;
  }

  private Item pinnedLine(String text, List<String> keys) {
    for (Item item : base.local()) {
      if (item.keys().stream().anyMatch(keys::contains)) return item;
    }
    return new Item(
        text,
        keys,
        Optional.empty(),
        Standing.ACTIVE,
        1,
        "",
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /** Some addresses of a line; its text is those parts, as they were written. */
  static Item narrowed(Item item, List<String> kept) {
    if (kept.size() == item.keys().size()) return item;
    Map<String, String> written = new HashMap<>();
    for (String part : item.text().split(",", -1)) {
      for (String key : keysOf(part.strip())) written.put(key, part.strip());
    }
    String text =
        kept.stream().map(key -> written.getOrDefault(key, key)).collect(Collectors.joining(","));
    return item.with(text, kept);
  }

  /** Adds what leaves and may end its work in peace; only where lines have attributes. */
  private List<Item> fading(List<Item> next) {
    if (!base.attributes()) return next;
    Keys.Index<Boolean> staying = new Keys.Index<>();
    next.forEach(item -> item.keys().forEach(key -> staying.put(key, true)));
    List<Item> result = new ArrayList<>(next);
    for (Item item : base.items()) {
      List<String> leaving = item.keys().stream().filter(key -> !staying.has(key)).toList();
      if (leaving.isEmpty()) continue;
      Out why = why(leaving.getFirst());
      Duration limit = limit(why.reason());
      if (!limit.isPositive()) continue;
      Instant since = why.since().orElse(memory.outSince(leaving.getFirst(), now));
      Instant end = since.plus(limit);
      if (!now.isBefore(end)) continue;
      wake(end);
      Item line = leaving.size() == item.keys().size() ? item : narrowed(item, leaving);
      result.add(line.with(Standing.DRAINING));
    }
    return result;
  }

  private Out why(String key) {
    if (isDenied(key)) return new Out(Reason.DENIED, Optional.empty());
    Out listed = desired.out().get(key);
    for (String address : desired.aliases().of(key)) {
      if (listed == null) listed = desired.out().get(address);
    }
    return listed == null ? new Out(Reason.REMOVED, Optional.empty()) : listed;
  }

  private Duration limit(Reason reason) {
    return switch (reason) {
      case REMOVED -> rules.drains().removed();
      case DRAINING -> rules.drains().draining();
      case EXPIRED -> rules.drains().expired();
      case REVOKED -> rules.drains().revoked();
      case DENIED, LISTED, CHANGED -> Duration.ZERO;
    };
  }

  private List<Change> changes(List<Item> result) {
    Map<String, Item> after = new HashMap<>();
    for (Item item : result) item.keys().forEach(key -> after.put(key, item));
    List<Change> changes = new ArrayList<>();
    Set<String> before = new HashSet<>();
    for (Item item : base.items()) {
      before.addAll(item.keys());
      Map<Reason, List<String>> gone = new java.util.EnumMap<>(Reason.class);
      for (String key : item.keys()) {
        if (!after.containsKey(key)) {
          gone.computeIfAbsent(why(key).reason(), _ -> new ArrayList<>()).add(key);
        }
      }
      gone.forEach(
          (reason, keys) ->
              changes.add(
                  change(Op.REMOVE, reason, keys, narrowed(item, keys).text(), item.entry())));
    }
    List<Change> rest = new ArrayList<>();
    for (Item item : result) {
      List<String> coming = item.keys().stream().filter(key -> !before.contains(key)).toList();
      if (!coming.isEmpty()) {
        Op op = coming.stream().anyMatch(memory::leftBefore) ? Op.RESTORE : Op.ADD;
        rest.add(change(op, Reason.LISTED, coming, narrowed(item, coming).text(), item.entry()));
      }
      changed(item, coming).ifPresent(rest::add);
    }
    changes.addAll(rest);
    return changes;
  }

  private Optional<Change> changed(Item item, List<String> coming) {
    if (coming.size() == item.keys().size()) return Optional.empty();
    String stayed =
        item.keys().stream().filter(key -> !coming.contains(key)).findFirst().orElseThrow();
    Item former = inForce.find(stayed);
    if (former == null || former.attributes().equals(item.attributes())) return Optional.empty();
    boolean drains = item.standing() == Standing.DRAINING && former.standing() == Standing.ACTIVE;
    Reason reason = drains ? why(stayed).reason() : Reason.CHANGED;
    return Optional.of(
        change(Op.CHANGE, reason, item.keys(), item.text(), item.entry().or(former::entry)));
  }

  private Change change(
      Op op, Reason reason, List<String> keys, String text, Optional<EntryId> entry) {
    return new Change(op, reason, keys, text, entry, desired.origin(entry, reason));
  }

  private List<String> unknown() {
    if (rules.policy() != Policy.PRUNE_ONLY) return List.of();
    Keys.Index<Boolean> local = new Keys.Index<>();
    for (Item item : base.local()) {
      for (String key : item.keys()) {
        local.put(key, true);
        desired.aliases().of(key).forEach(address -> local.put(address, true));
      }
    }
    return desired.items().stream()
        .filter(item -> item.keys().stream().noneMatch(local::has))
        .map(Item::text)
        .toList();
  }

  private void wake(Instant at) {
    if (at.isAfter(now) && (due.isEmpty() || at.isBefore(due.get()))) due = Optional.of(at);
  }
}
