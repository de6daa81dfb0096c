package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.netty.UpgradeSettings;
import io.fairlead.libp2p.peers.ConnectionKeeper;
import io.fairlead.libp2p.peers.PeerStore;
import java.util.List;

/**
 * What a node is to be.
 *
 * @param listen addresses to listen on; none is a node that only dials
 * @param securities ways to secure connections, the preferred one first
 * @param upgrade times and bounds of connections and their streams
 * @param resources how much peers may take
 * @param marks when connections are trimmed
 * @param peers how much is remembered of peers
 * @param agent what it says it is
 * @param fromListeningPort whether it dials from a port it listens on, where one fits
 */
public record HostSettings(
    List<Multiaddr> listen,
    List<Security> securities,
    UpgradeSettings upgrade,
    ResourceSettings resources,
    ConnectionKeeper.Marks marks,
    PeerStore.Bounds peers,
    String agent,
    boolean fromListeningPort) {
  /** A way to secure connections. */
  public enum Security {
    NOISE,
    TLS
  }

  /** With dials from a port it listens on. */
  public HostSettings(
      List<Multiaddr> listen,
      List<Security> securities,
      UpgradeSettings upgrade,
      ResourceSettings resources,
      ConnectionKeeper.Marks marks,
      PeerStore.Bounds peers,
      String agent) {
    this(listen, securities, upgrade, resources, marks, peers, agent, true);
  }

  public static final HostSettings DEFAULTS =
      new HostSettings(
          List.of(),
          List.of(Security.NOISE, Security.TLS),
          UpgradeSettings.DEFAULTS,
          ResourceSettings.DEFAULTS,
          ConnectionKeeper.Marks.DEFAULTS,
          PeerStore.Bounds.DEFAULTS,
          "fairlead",
          true);

  public HostSettings {
    listen = List.copyOf(listen);
    securities = List.copyOf(securities);
    if (securities.isEmpty()) {
      throw new IllegalArgumentException("securities: none (expected: at least one)");
    }
  }

  /** These with other addresses to listen on. */
  public HostSettings listening(Multiaddr... addresses) {
    return new HostSettings(
        List.of(addresses), securities, upgrade, resources, marks, peers, agent, fromListeningPort);
  }

  /** These with other ways to secure connections. */
  public HostSettings secured(Security... preferredFirst) {
    return new HostSettings(
        listen,
        List.of(preferredFirst),
        upgrade,
        resources,
        marks,
        peers,
        agent,
        fromListeningPort);
  }

  /** These with other bounds for peers. */
  public HostSettings withResources(ResourceSettings bounds) {
    return new HostSettings(
        listen, securities, upgrade, bounds, marks, peers, agent, fromListeningPort);
  }

  /** These with other marks of trimming. */
  public HostSettings withMarks(ConnectionKeeper.Marks marks) {
    return new HostSettings(
        listen, securities, upgrade, resources, marks, peers, agent, fromListeningPort);
  }

  /** These with dials that come from any port. */
  public HostSettings fromAnyPort() {
    return new HostSettings(listen, securities, upgrade, resources, marks, peers, agent, false);
  }
}
