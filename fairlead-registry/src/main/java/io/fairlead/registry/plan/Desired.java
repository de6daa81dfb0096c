package io.fairlead.registry.plan;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Origin;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.plan.Change.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the lists want of one target.
 *
 * @param items usable entries, one line each
 * @param out keys of entries that are listed and not usable, and why
 * @param expiries when usable lines expire, by key
 * @param warnings what was left out and why
 * @param aliases where names of the target's own lines lead
 * @param origins what changed entries last, and under {@code *} where a source's list was read
 */
public record Desired(
    String source,
    String position,
    List<Item> items,
    Map<String, Out> out,
    Map<String, Instant> expiries,
    List<String> warnings,
    Aliases aliases,
    Map<EntryId, Origin> origins) {
  /**
   * Why a listed key is not usable.
   *
   * @param since when that began, for reasons that carry it in themselves
   */
  public record Out(Reason reason, Optional<Instant> since) {}

  /** The lines are nodes by address, or members by id. */
  public enum Form {
    NODES,
    MEMBERS
  }

  public Desired {
    items = List.copyOf(items);
    out = Map.copyOf(out);
    expiries = Map.copyOf(expiries);
    warnings = List.copyOf(warnings);
    origins = Map.copyOf(origins);
  }

  /** Where a change of an entry was made, or at least where the list was read. */
  Optional<Origin> origin(Optional<EntryId> entry, Reason reason) {
    if (entry.isEmpty()) return Optional.empty();
    boolean byTransaction = reason != Reason.EXPIRED && reason != Reason.DENIED;
    Origin own = byTransaction ? origins.get(entry.get()) : null;
    return own != null
        ? Optional.of(own)
        : Optional.ofNullable(origins.get(readAt(entry.get().source())));
  }

  private static EntryId readAt(String source) {
    return new EntryId(source, "*");
  }

  /** The same for a target whose names lead there. */
  public Desired comparedBy(Aliases next) {
    return new Desired(source, position, items, out, expiries, warnings, next, origins);
  }

  /** Nobody: what holds when a stale list is to be closed. */
  public static Desired nobody(String source, String position) {
    return new Desired(
        source, position, List.of(), Map.of(), Map.of(), List.of(), Aliases.NONE, Map.of());
  }

  /**
   * Puts lists together.
   *
   * @param lists in the order of the configuration; at least one
   * @param guarded names of sources whose names may only resolve to public addresses
   */
  public static Desired of(
      TargetRules rules, List<Snapshot> lists, Form form, Set<String> guarded, Instant now) {
    String source = lists.stream().map(Snapshot::source).collect(Collectors.joining("+"));
    String position =
        lists.stream().map(list -> list.position().text()).collect(Collectors.joining("+"));
    List<String> warnings = new ArrayList<>();
    Map<String, Item> items = new LinkedHashMap<>();
    Map<String, Out> out = new HashMap<>();
    Map<String, Instant> expiries = new HashMap<>();
    List<Set<String>> present = new ArrayList<>();
    for (Snapshot list : lists) {
      Set<String> keys = new HashSet<>();
      Map<NodeKey, Entry> byKey = new HashMap<>();
      for (Entry entry : ordered(list, form)) {
        if (!entry.hasRole(rules.roles())) continue;
        List<String> own = keys(list, entry, form, warnings);
        Optional<Out> unusable = unusable(entry, now);
        if (unusable.isPresent()) {
          own.forEach(key -> out.putIfAbsent(key, unusable.get()));
          continue;
        }
        if (form == Form.MEMBERS && entry.publicKey().isPresent()) {
          Entry first = byKey.putIfAbsent(entry.publicKey().get(), entry);
          if (first != null) {
            warn(warnings, "DUPLICATE_KEY: " + entry.id() + " has the key of " + first.id());
          }
        }
        if (own.isEmpty()) continue;
        keys.addAll(own);
        String first = own.getFirst();
        if (items.containsKey(first)) continue;
        items.put(first, item(list, entry, own, form, guarded.contains(list.source())));
        if (entry.validUntil() != 0) {
          expiries.put(first, Instant.ofEpochSecond(entry.validUntil()));
        }
      }
      present.add(keys);
    }
    List<Item> wanted = new ArrayList<>(items.values());
    if (rules.combine() == TargetRules.Combine.INTERSECTION) {
      wanted.removeIf(
          item ->
              !present.stream().allMatch(keys -> item.keys().stream().anyMatch(keys::contains)));
    }
    // An address that another usable entry names is usable.
    wanted.forEach(item -> item.keys().forEach(out::remove));
    return new Desired(
        source, position, wanted, out, expiries, warnings, Aliases.NONE, origins(lists));
  }

  private static Map<EntryId, Origin> origins(List<Snapshot> lists) {
    Map<EntryId, Origin> origins = new HashMap<>();
    for (Snapshot list : lists) {
      list.origins().forEach((id, origin) -> origins.put(new EntryId(list.source(), id), origin));
      if (list.position() instanceof Position.Block block) {
        origins.put(readAt(list.source()), Origin.of(block));
      }
    }
    return origins;
  }

  /** Members with one key: the one that is longest unchanged comes first. */
  private static List<Entry> ordered(Snapshot list, Form form) {
    return form == Form.NODES
        ? list.entries()
        : list.entries().stream()
            .sorted(Comparator.comparingLong(Entry::updated).thenComparing(Entry::id))
            .toList();
  }

  private static Optional<Out> unusable(Entry entry, Instant now) {
    if (entry.status() == Status.REVOKED) {
      return Optional.of(new Out(Reason.REVOKED, Optional.empty()));
    }
    if (entry.expiredAt(now.getEpochSecond())) {
      return Optional.of(
          new Out(Reason.EXPIRED, Optional.of(Instant.ofEpochSecond(entry.validUntil()))));
    }
    if (entry.status() == Status.DRAINING) {
      return Optional.of(new Out(Reason.DRAINING, Optional.empty()));
    }
    return Optional.empty();
  }

  private static List<String> keys(Snapshot list, Entry entry, Form form, List<String> warnings) {
    if (form == Form.MEMBERS) return List.of(list.source() + "/" + entry.id());
    List<String> keys = new ArrayList<>();
    for (CanonicalAddress address : usable(entry, warnings)) keys.add(Keys.of(address));
    return keys;
  }

  /** Without endpoints that claim another identity than the entry's key. */
  private static List<CanonicalAddress> usable(Entry entry, List<String> warnings) {
    boolean named = entry.endpoints().stream().anyMatch(address -> address.peerId().isPresent());
    if (entry.publicKey().isEmpty() || !named) return entry.endpoints();
    String own = entry.publicKey().get().peerId();
    List<CanonicalAddress> usable = new ArrayList<>();
    for (CanonicalAddress address : entry.endpoints()) {
      if (address.peerId().isEmpty() || address.peerId().get().equals(own)) usable.add(address);
      else warn(warnings, entry.id() + ": endpoint " + address + " names another key");
    }
    return usable;
  }

  private static Item item(
      Snapshot list, Entry entry, List<String> keys, Form form, boolean guarded) {
    String text =
        form == Form.MEMBERS
            ? entry.user().or(() -> entry.publicKey().map(NodeKey::peerId)).orElse(entry.id())
            : usable(entry, new ArrayList<>()).stream()
                .map(CanonicalAddress::text)
                .collect(Collectors.joining(","));
    return new Item(
        text,
        keys,
        Optional.of(new EntryId(list.source(), entry.id())),
        Standing.ACTIVE,
        entry.weight(),
        entry.group(),
        entry.publicKey(),
        entry.user(),
        guarded);
  }

  private static void warn(List<String> warnings, String warning) {
    if (warnings.size() < Snapshot.WARNINGS_MAX) warnings.add(warning);
  }
}
