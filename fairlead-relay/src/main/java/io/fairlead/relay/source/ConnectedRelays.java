package io.fairlead.relay.source;

import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Peers the node is connected to without a relay and that say they relay. Any thread. */
public final class ConnectedRelays implements RelayPeerSource {
  private final Host host;
  private final String protocol;
  private final Supplier<RandomGenerator> chance;

  /**
   * @param protocol what relays speak
   * @param chance for the calling thread
   */
  public ConnectedRelays(Host host, String protocol, Supplier<RandomGenerator> chance) {
    this.host = host;
    this.protocol = protocol;
    this.chance = chance;
  }

  @Override
  public void find(int max, Sink sink, Cancel cancel) {
    Set<PeerId> seen = new LinkedHashSet<>();
    for (Connection connection : host.connections()) {
      boolean direct = !connection.limited() && !connection.remoteAddress().relayed();
      if (direct && host.peerStore().protocols(connection.remote()).contains(protocol)) {
        seen.add(connection.remote());
      }
    }
    List<PeerId> peers = new ArrayList<>(seen);
    Collections.shuffle(peers, chance.get());
    peers.stream()
        .limit(max)
        .forEach(peer -> sink.offer(RelayPeer.of(peer, host.peerStore().addresses(peer))));
    sink.complete();
  }
}
