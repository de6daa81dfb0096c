package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Peers that relay and may be reserved on, the oldest first. Of the finder's owner. */
final class CandidatePool {
  private final Map<PeerId, Candidate> byPeer = new LinkedHashMap<>();

  /**
   * One of them.
   *
   * @param addresses known of it when it was checked
   */
  record Candidate(RelayPeer peer, List<Multiaddr> addresses, long addedAtNanos) {
    PeerId id() {
      return peer.id();
    }
  }

  int size() {
    return byPeer.size();
  }

  Collection<Candidate> all() {
    return byPeer.values();
  }

  boolean contains(PeerId peer) {
    return byPeer.containsKey(peer);
  }

  /** Adds one, or renews it; false where there is no room. */
  boolean add(Candidate candidate, int max) {
    boolean known = byPeer.remove(candidate.id()) != null;
    if (!known && byPeer.size() >= max) return false;
    byPeer.put(candidate.id(), candidate);
    return true;
  }

  Optional<Candidate> take(PeerId peer) {
    return Optional.ofNullable(byPeer.remove(peer));
  }

  /** Drops those that are too old; how many. */
  int dropOld(long nowNanos, long maxAgeNanos) {
    int before = byPeer.size();
    byPeer.values().removeIf(each -> nowNanos - each.addedAtNanos() >= maxAgeNanos);
    return before - byPeer.size();
  }

  /** Drops the oldest until no more than {@code max} are left; how many. */
  int dropBeyond(int max) {
    int dropped = 0;
    Iterator<Candidate> oldest = byPeer.values().iterator();
    while (byPeer.size() > max && oldest.hasNext()) {
      oldest.next();
      oldest.remove();
      dropped++;
    }
    return dropped;
  }

  /** When the oldest is too old. */
  OptionalLong nextExpiry(long maxAgeNanos) {
    Iterator<Candidate> oldest = byPeer.values().iterator();
    return oldest.hasNext()
        ? OptionalLong.of(oldest.next().addedAtNanos() + maxAgeNanos)
        : OptionalLong.empty();
  }
}
