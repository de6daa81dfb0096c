package io.fairlead.registry.target;

import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The relays that the targets of kind {@code relay_candidates} name, together: what a node that
 * looks for relays watches. Of two entries with one peer id the one of the earlier target counts.
 * Thread-safe; at most as many as the lists hold.
 */
public final class RelayCandidates {
  private final WatchValue<List<RelayCandidate>> all = new WatchValue<>(List.of());
  private final Map<String, List<RelayCandidate>> byTarget = new LinkedHashMap<>(); // guarded by it

  /** What there is to choose from, as it changes. */
  public Watch<List<RelayCandidate>> watch() {
    return all;
  }

  /** What one target names from now on. */
  void set(String target, List<RelayCandidate> candidates) {
    synchronized (byTarget) {
      byTarget.put(target, List.copyOf(candidates));
      publish();
    }
  }

  /** A target names nobody any more. */
  void withdraw(String target) {
    synchronized (byTarget) {
      byTarget.remove(target);
      publish();
    }
  }

  private void publish() {
    Map<String, RelayCandidate> byPeer = new LinkedHashMap<>();
    for (List<RelayCandidate> each : byTarget.values()) {
      for (RelayCandidate candidate : each) byPeer.putIfAbsent(candidate.peerId(), candidate);
    }
    all.set(List.copyOf(new ArrayList<>(byPeer.values())));
  }
}
