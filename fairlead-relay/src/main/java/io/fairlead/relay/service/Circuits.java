package io.fairlead.relay.service;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Circuits that are being set up or are there, by peer and by entry. Guarded by its owner. */
final class Circuits {
  private final Set<Relayed> all = new LinkedHashSet<>();
  private final Map<PeerId, Integer> byPeer = new HashMap<>();
  private final Map<EntryId, Set<Relayed>> byEntry = new HashMap<>();

  /** Whether there is room for one more, of all and of both of its ends. */
  boolean admits(PeerId source, Limit ofSource, PeerId target, Limit ofTarget, Limit together) {
    int ends = source.equals(target) ? 2 : 1; // whoever wants itself is counted as both
    return together.admits(all.size() + 1L)
        && ofSource.admits((long) of(source) + ends)
        && ofTarget.admits((long) of(target) + ends);
  }

  /** How many a peer is an end of. */
  int of(PeerId peer) {
    return byPeer.getOrDefault(peer, 0);
  }

  void add(Relayed circuit) {
    all.add(circuit);
    for (Relayed.End end : circuit.ends()) {
      byPeer.merge(end.peer(), 1, Integer::sum);
      end.principal()
          .entry()
          .ifPresent(entry -> byEntry.computeIfAbsent(entry, _ -> new HashSet<>()).add(circuit));
    }
  }

  /** Takes one out; whether it was in. */
  boolean remove(Relayed circuit) {
    if (!all.remove(circuit)) return false;
    for (Relayed.End end : circuit.ends()) {
      byPeer.computeIfPresent(end.peer(), (_, count) -> count == 1 ? null : count - 1);
      end.principal()
          .entry()
          .ifPresent(
              entry ->
                  byEntry.computeIfPresent(
                      entry,
                      (_, bound) -> {
                        bound.remove(circuit);
                        return bound.isEmpty() ? null : bound;
                      }));
    }
    return true;
  }

  Set<Relayed> of(Set<EntryId> entries) {
    Set<Relayed> found = new HashSet<>();
    for (EntryId entry : entries) found.addAll(byEntry.getOrDefault(entry, Set.of()));
    return found;
  }

  List<Relayed> all() {
    return new ArrayList<>(all);
  }

  int size() {
    return all.size();
  }
}
