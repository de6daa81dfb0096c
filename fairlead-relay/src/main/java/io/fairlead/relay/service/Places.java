package io.fairlead.relay.service;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.unit.Limit;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.net.live.SourcePrefix;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The places that are kept. A peer has one at most; asking again replaces it and does not count
 * twice. Guarded by its owner.
 */
final class Places {
  /**
   * One of them.
   *
   * @param number tells it from an earlier one of the same peer
   * @param ip where the peer came from
   * @param network of that address, where it is known
   */
  record Place(
      PeerId peer,
      Principal principal,
      long number,
      Instant expires,
      long expiresNanos,
      InetAddress ip,
      Optional<Long> network) {
    /**
     * Whose room it takes: whoever has an IPv6 network has more addresses than there are places.
     */
    SourcePrefix source() {
      return SourcePrefix.of(ip);
    }

    boolean expired(long nowNanos) {
      return nowNanos - expiresNanos >= 0;
    }
  }

  /** Why there is no room. */
  enum Full {
    TOTAL,
    IP,
    NETWORK
  }

  private final Map<PeerId, Place> places = new HashMap<>();
  private final Map<SourcePrefix, Integer> bySource = new HashMap<>();
  private final Map<Long, Integer> byNetwork = new HashMap<>();
  private final Map<EntryId, Set<PeerId>> byEntry = new HashMap<>();

  /** Puts one in, in the place of the peer's earlier one; says what is full where it cannot. */
  Optional<Full> put(Place place, RelayServiceSettings settings) {
    Optional<Place> before = remove(place.peer());
    Optional<Full> full = full(place, settings);
    if (full.isEmpty()) add(place);
    else before.ifPresent(this::add);
    return full;
  }

  private Optional<Full> full(Place place, RelayServiceSettings settings) {
    if (!settings.reservations().admits(places.size() + 1L)) return Optional.of(Full.TOTAL);
    if (!fits(settings.perIp(), bySource.get(place.source()))) return Optional.of(Full.IP);
    boolean network =
        place.network().map(byNetwork::get).map(n -> fits(settings.perAsn(), n)).orElse(true);
    return network ? Optional.empty() : Optional.of(Full.NETWORK);
  }

  private static boolean fits(Limit limit, @org.jspecify.annotations.Nullable Integer taken) {
    return limit.admits((taken == null ? 0 : taken) + 1L);
  }

  private void add(Place place) {
    places.put(place.peer(), place);
    bySource.merge(place.source(), 1, Integer::sum);
    place.network().ifPresent(network -> byNetwork.merge(network, 1, Integer::sum));
    place
        .principal()
        .entry()
        .ifPresent(entry -> byEntry.computeIfAbsent(entry, _ -> new HashSet<>()).add(place.peer()));
  }

  /** The place of a peer whose time is not over. */
  Optional<Place> get(PeerId peer, long nowNanos) {
    return Optional.ofNullable(places.get(peer)).filter(place -> !place.expired(nowNanos));
  }

  Optional<Place> remove(PeerId peer) {
    Place place = places.remove(peer);
    if (place == null) return Optional.empty();
    bySource.computeIfPresent(place.source(), (_, count) -> count == 1 ? null : count - 1);
    place
        .network()
        .ifPresent(
            network ->
                byNetwork.computeIfPresent(network, (_, count) -> count == 1 ? null : count - 1));
    place
        .principal()
        .entry()
        .ifPresent(
            entry ->
                byEntry.computeIfPresent(
                    entry,
                    (_, peers) -> {
                      peers.remove(peer);
                      return peers.isEmpty() ? null : peers;
                    }));
    return Optional.of(place);
  }

  /** Removes the one of this number, unless the peer has another by now. */
  boolean remove(PeerId peer, long number) {
    Place place = places.get(peer);
    return place != null && place.number() == number && remove(peer).isPresent();
  }

  /** Those whose time is over. */
  List<Place> stale(long nowNanos) {
    return places.values().stream().filter(place -> place.expired(nowNanos)).toList();
  }

  /** The place of a peer, if its time is over. */
  Optional<Place> stale(PeerId peer, long nowNanos) {
    return Optional.ofNullable(places.get(peer)).filter(place -> place.expired(nowNanos));
  }

  /** Those of entries. */
  List<Place> of(Set<EntryId> entries) {
    List<Place> found = new ArrayList<>();
    for (EntryId entry : entries) {
      for (PeerId peer : byEntry.getOrDefault(entry, Set.of())) {
        Place place = places.get(peer);
        if (place != null) found.add(place);
      }
    }
    return found;
  }

  List<Place> all() {
    return List.copyOf(places.values());
  }

  int size() {
    return places.size();
  }
}
