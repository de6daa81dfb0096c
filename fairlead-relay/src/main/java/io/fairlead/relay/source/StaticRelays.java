package io.fairlead.relay.source;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A fixed list: each search offers its first entries, in order. Immutable. */
public final class StaticRelays implements RelayPeerSource {
  private final List<RelayPeer> relays;

  public StaticRelays(List<RelayPeer> relays) {
    this.relays = List.copyOf(relays);
  }

  /**
   * Of addresses an operator typed, each ending with its peer; several of one peer are one relay.
   *
   * @throws IllegalArgumentException one names no peer
   */
  public static StaticRelays typed(Collection<Multiaddr> addresses) {
    Map<PeerId, List<Multiaddr>> byPeer = new LinkedHashMap<>();
    for (Multiaddr address : addresses) {
      RelayPeer one = RelayPeer.typed(address);
      byPeer.computeIfAbsent(one.id(), _ -> new ArrayList<>()).addAll(one.addresses());
    }
    return new StaticRelays(
        byPeer.entrySet().stream()
            .map(
                each ->
                    new RelayPeer(each.getKey(), each.getValue(), true, RelayPeer.Standing.NONE))
            .toList());
  }

  public List<RelayPeer> relays() {
    return relays;
  }

  @Override
  public void find(int max, Sink sink, Cancel cancel) {
    relays.stream().limit(max).forEach(sink::offer);
    sink.complete();
  }
}
