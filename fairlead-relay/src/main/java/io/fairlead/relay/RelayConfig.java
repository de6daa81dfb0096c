package io.fairlead.relay;

import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Reference;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.HostSettings.Security;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.host.ResourceSettings;
import io.fairlead.libp2p.peers.ConnectionKeeper.Marks;
import io.fairlead.relay.finder.FinderSettings;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.relay.source.StaticRelays;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code relay}: this gateway as a libp2p node.
 *
 * @param enabled off: only configured
 * @param identity where its key is; empty for the state directory
 * @param listen where it can be dialled
 * @param announce what it says instead of the addresses it finds out
 * @param securities the preferred one first
 * @param reachability whether others can dial it; empty where that is found out
 * @param autonat whether it asks others, and answers them
 * @param unsolicited whether it takes circuits from relays it holds no reservation with
 * @param asnTable the file that tells the networks of addresses
 */
public record RelayConfig(
    boolean enabled,
    Optional<Path> identity,
    List<Multiaddr> listen,
    List<Multiaddr> announce,
    List<Security> securities,
    ResourceSettings resources,
    Marks connections,
    Optional<Reachability> reachability,
    boolean autonat,
    boolean unsolicited,
    Auto auto,
    Service service,
    boolean dcutr,
    PeerStreams streams,
    Optional<Path> asnTable) {
  public static final RecordType<RelayConfig> TYPE = RelayTypes.SECTION;

  /**
   * Finding relays.
   *
   * @param relays those an operator names, each with its peer
   * @param registry the list that names others
   * @param connected whether peers this node is connected to are asked as well
   * @param quotas how many each of them gives
   */
  public record Auto(
      boolean enabled,
      FinderSettings finder,
      List<Multiaddr> relays,
      Optional<Reference> registry,
      boolean connected,
      Quotas quotas) {
    public Auto {
      relays = List.copyOf(relays);
    }

    /** Whether there is where to look. */
    public boolean wanted() {
      return enabled && (!relays.isEmpty() || registry.isPresent() || connected);
    }

    /** A fixed list is waited for no longer than it has relays to give. */
    public FinderSettings settings() {
      if (registry.isPresent() || connected) return finder;
      int listed = StaticRelays.typed(relays).relays().size();
      int given = Math.min(listed, quotas.named().orElse(listed));
      return finder.withMinCandidates(Math.min(finder.minCandidates(), given));
    }
  }

  /**
   * What each list gives of one search; empty for as many as there is room.
   *
   * @param named of the relays an operator names
   */
  public record Quotas(
      Optional<Integer> named, Optional<Integer> registry, Optional<Integer> connected) {}

  /**
   * Being a relay.
   *
   * @param registry the list whose entries are known here
   */
  public record Service(RelayServiceSettings settings, Optional<Reference> registry) {}

  public RelayConfig {
    listen = List.copyOf(listen);
    announce = List.copyOf(announce);
    securities = List.copyOf(securities);
  }
}
