package io.fairlead.relay.source;

import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Relays of a list that is kept elsewhere, such as a chain: entries that changed since the last
 * search first, the rest in any order. A list that cannot be read goes on as it was. Searches and
 * {@link #changeTo} may come from any thread.
 */
public final class ListedRelays implements RelayPeerSource {
  private final Watch<RelayList> list;
  private final Supplier<RandomGenerator> chance;

  /** Guarded by {@code this}, as all below. */
  private Map<PeerId, RelayPeer> offered = Map.of();

  private Map<PeerId, RelayList.Entry> seen = Map.of();

  /**
   * @param chance for the calling thread
   */
  public ListedRelays(Watch<RelayList> list, Supplier<RandomGenerator> chance) {
    this.list = list;
    this.chance = chance;
  }

  /**
   * What a new picture means to those who use the list.
   *
   * @param gone peers that are not in it any more
   * @param draining peers that take nothing new
   * @param fresh peers that came or changed, and take what is new
   */
  public record Change(Set<PeerId> gone, Set<PeerId> draining, Set<PeerId> fresh) {
    public boolean nothing() {
      return gone.isEmpty() && draining.isEmpty() && fresh.isEmpty();
    }
  }

  /** Compares a picture with the one before. */
  public synchronized Change changeTo(RelayList next) {
    Map<PeerId, RelayList.Entry> now = new HashMap<>();
    for (RelayList.Entry entry : next.entries()) now.put(entry.peer().id(), entry);
    Set<PeerId> gone = new HashSet<>(seen.keySet());
    gone.removeAll(now.keySet());
    Set<PeerId> draining = new HashSet<>();
    Set<PeerId> fresh = new HashSet<>();
    for (Map.Entry<PeerId, RelayList.Entry> each : now.entrySet()) {
      RelayList.Entry before = seen.get(each.getKey());
      if (each.getValue().equals(before)) continue;
      if (each.getValue().draining()) draining.add(each.getKey());
      else fresh.add(each.getKey());
    }
    seen = Map.copyOf(now);
    return new Change(Set.copyOf(gone), Set.copyOf(draining), Set.copyOf(fresh));
  }

  /** Peers of the last picture that was compared. */
  public synchronized Set<PeerId> peers() {
    return seen.keySet();
  }

  @Override
  public void find(int max, Sink sink, Cancel cancel) {
    for (RelayPeer peer : next(max)) sink.offer(peer);
    sink.complete();
  }

  private synchronized List<RelayPeer> next(int max) {
    List<RelayPeer> changed = new ArrayList<>();
    List<RelayPeer> others = new ArrayList<>();
    Map<PeerId, RelayPeer> all = new LinkedHashMap<>();
    for (RelayList.Entry entry : list.current().entries()) {
      if (!entry.draining()) all.put(entry.peer().id(), entry.peer());
    }
    for (RelayPeer peer : all.values()) {
      (peer.equals(offered.get(peer.id())) ? others : changed).add(peer);
    }
    Collections.shuffle(changed, chance.get());
    Collections.shuffle(others, chance.get());
    changed.addAll(others);
    List<RelayPeer> picked = List.copyOf(changed.subList(0, Math.min(max, changed.size())));
    Map<PeerId, RelayPeer> known = new HashMap<>(offered);
    known.keySet().retainAll(all.keySet());
    for (RelayPeer peer : picked) known.put(peer.id(), peer);
    offered = Map.copyOf(known);
    return picked;
  }
}
