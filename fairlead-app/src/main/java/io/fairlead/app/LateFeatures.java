package io.fairlead.app;

import io.fairlead.core.access.Revocable;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.live.ConnectionRegistry;
import java.util.List;

/**
 * Features that are made when a configuration first wants them, but carry live work that a
 * revocation cuts: who cuts has to know them before anything else is there.
 */
record LateFeatures(MqttFeature mqtt, TunnelFeature tunnels, RelayFeature relay) {
  /**
   * @param given what the process before this one listened on
   */
  LateFeatures(InheritedSockets given) {
    this(new MqttFeature(), new TunnelFeature(), new RelayFeature(given));
  }

  /** Everything that a revocation cuts. */
  List<Revocable> with(ConnectionRegistry connections) {
    TunnelPeers peers = new TunnelPeers(connections, tunnels::server);
    tunnels.meets(peers);
    relay.tells(peers::node);
    relay.listsIn(connections);
    return List.of(connections, mqtt, tunnels, relay);
  }
}
