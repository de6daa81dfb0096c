package io.fairlead.relay;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.relay.punch.HolePunch;
import io.fairlead.relay.punch.PunchSettings;
import io.fairlead.relay.reachability.AddressProber;
import io.fairlead.relay.reachability.AdvertisedAddresses;
import io.fairlead.relay.reachability.AnswerMeters;
import io.fairlead.relay.reachability.AutoNat2Server;
import io.fairlead.relay.reachability.AutoNatClient;
import io.fairlead.relay.reachability.AutoNatServer;
import io.fairlead.relay.reachability.BackDialer;
import io.fairlead.relay.reachability.ReachabilitySettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a node finds out about its own reachability, what it announces, and its way to direct
 * connections, as the configuration wants them. Changes of the configuration come one at a time;
 * the rest from any thread.
 */
final class NodeReach implements AutoCloseable {
  private final HostEnvironment environment;
  private final Host host;
  private final PeerGate gate;
  private final AdvertisedAddresses advertised;
  private volatile List<Multiaddr> announce = List.of();
  private volatile @Nullable AutoNatClient whole;
  private volatile @Nullable AddressProber each;

  /** Of the configuration's thread, as below. */
  private final AnswerMeters meters;

  private @Nullable AutoNatServer dialling;
  private @Nullable AutoNat2Server server;

  private @Nullable HolePunch punch;
  private @Nullable Wanted applied;

  private record Wanted(Optional<Reachability> forced, boolean asks) {}

  NodeReach(HostEnvironment environment, Host host, PeerGate gate) {
    this.environment = environment;
    this.host = host;
    this.gate = gate;
    this.meters = new AnswerMeters(environment.meters());
    this.advertised = new AdvertisedAddresses(host, this::said);
  }

  void start() {
    advertised.start();
  }

  /** An operator's addresses stand in place of the node's own; relays stay what they are. */
  private List<Multiaddr> said(List<Multiaddr> found) {
    List<Multiaddr> named = announce;
    if (named.isEmpty()) return found;
    List<Multiaddr> said = new ArrayList<>(named);
    found.stream().filter(Multiaddr::relayed).forEach(said::add);
    return said;
  }

  void apply(RelayConfig next) {
    if (!announce.equals(next.announce())) {
      announce = next.announce();
      advertised.renew();
    }
    Wanted wanted = new Wanted(next.reachability(), next.autonat());
    if (!wanted.equals(applied)) {
      endProbes();
      applied = wanted;
      begin(wanted);
    }
    HolePunch there = punch;
    if (next.dcutr() && there == null) {
      HolePunch fresh =
          new HolePunch(host, PunchSettings.DEFAULTS, environment.clock(), environment.meters());
      fresh.start();
      punch = fresh;
    } else if (!next.dcutr() && there != null) {
      there.close();
      punch = null;
    }
  }

  private void begin(Wanted wanted) {
    if (wanted.forced().isPresent()) {
      host.events().emit(new HostEvent.LocalReachabilityChanged(wanted.forced().get()));
    } else if (wanted.asks()) {
      var loop = environment.loops().group().next();
      ReachabilitySettings settings = ReachabilitySettings.DEFAULTS;
      AutoNatClient client =
          new AutoNatClient(host, settings, loop, environment.randomness(), environment.clock());
      AddressProber prober =
          new AddressProber(host, settings, loop, environment.randomness(), environment.clock());
      client.start();
      prober.start();
      whole = client;
      each = prober;
      advertised.trying(true);
    }
    if (wanted.asks()) answer();
  }

  private void answer() {
    BackDialer dialer =
        new BackDialer(environment.loops(), environment.clock(), environment.randomness());
    Predicate<Multiaddr> addresses = address -> AddressScope.of(address) == AddressScope.PUBLIC;
    AutoNatServer first =
        new AutoNatServer(
            host,
            gate,
            dialer,
            addresses,
            AutoNatServer.DIAL_TIME,
            environment.randomness(),
            environment.clock(),
            meters);
    AutoNat2Server second =
        new AutoNat2Server(
            host, gate, dialer, addresses, environment.randomness(), environment.clock(), meters);
    first.start();
    second.start();
    dialling = first;
    server = second;
  }

  private void endProbes() {
    AutoNatClient client = whole;
    AddressProber prober = each;
    whole = null;
    each = null;
    endAnswers();
    if (client != null) client.close();
    if (prober != null) {
      prober.close();
      advertised.trying(false);
      // What it found holds no longer.
      host.events()
          .emit(new HostEvent.HostReachableAddressesChanged(List.of(), List.of(), List.of()));
    }
    if (applied != null) {
      host.events().emit(new HostEvent.LocalReachabilityChanged(Reachability.UNKNOWN));
    }
  }

  private void endAnswers() {
    AutoNatServer first = dialling;
    AutoNat2Server second = server;
    dialling = null;
    server = null;
    if (first != null) first.close();
    if (second != null) second.close();
  }

  Map<Multiaddr, Reachability> verdicts() {
    AddressProber prober = each;
    return prober == null ? Map.of() : prober.verdicts();
  }

  Optional<Instant> lastProbe() {
    AutoNatClient client = whole;
    return client == null ? Optional.empty() : client.lastProbe();
  }

  boolean probe() {
    AutoNatClient client = whole;
    AddressProber prober = each;
    if (client != null) client.probeNow();
    if (prober != null) prober.probeNow();
    return client != null || prober != null;
  }

  @Override
  public void close() {
    AutoNatClient client = whole;
    AddressProber prober = each;
    HolePunch there = punch;
    if (client != null) client.close();
    if (prober != null) prober.close();
    endAnswers();
    if (there != null) there.close();
    advertised.close();
  }
}
