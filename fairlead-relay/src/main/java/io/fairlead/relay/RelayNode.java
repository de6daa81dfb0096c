package io.fairlead.relay;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.host.Reachability;
import io.fairlead.libp2p.host.StreamHandler;
import io.fairlead.libp2p.key.IdentityFile;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.UnusableKeyException;
import io.fairlead.libp2p.mux.ConnectionCode;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.UpgradeSettings;
import io.fairlead.libp2p.peers.PeerStore;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.relay.finder.AutoRelay;
import io.fairlead.relay.finder.FinderDriver;
import io.fairlead.relay.finder.FinderNews;
import io.fairlead.relay.finder.HistoryFile;
import io.fairlead.relay.network.AsnFile;
import io.fairlead.relay.network.AsnTable;
import io.fairlead.relay.service.PeerClass;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.relay.source.RelayList;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A gateway's libp2p node with all of a relay's world: it uses relays, finds them, and is one, as
 * its configuration says. Any thread; changes of the configuration come one at a time.
 */
public final class RelayNode implements Service, Revocable {
  /**
   * What it stands on; none of it is closed with it.
   *
   * @param membership who may connect
   * @param own where this process listens
   * @param relays the relays of a registry source, by its name
   * @param classes what peers of a registry source are
   * @param services what takes streams of peers for a stream service, by its id
   * @param history how relays did before this process
   * @param onlooker is told of relays that come and go; must not block
   */
  public record Surroundings(
      HostEnvironment environment,
      PeerGate membership,
      OwnAddresses own,
      Function<String, Watch<RelayList>> relays,
      Function<String, Watch<Map<PeerId, PeerClass>>> classes,
      Function<String, StreamHandler> services,
      HistoryFile history,
      Consumer<? super FinderNews> onlooker) {}

  private final Surroundings on;
  private final NodeGate gate;
  private final Host host;
  private final RelayClient client;
  private final WatchValue<RelayServiceSettings> serviceSettings;
  private final RelayService service;
  private final AutoRelay auto;
  private final RelayFinding finding;
  private final NodeReach reach;
  private final PeerAnswers answers;
  private final AsnFile networks = new AsnFile();
  private volatile Optional<Watch<Map<PeerId, PeerClass>>> classes = Optional.empty();
  private volatile RelayDialer dialer;

  /** What was asked for, and where that is bound. */
  private final Map<Multiaddr, Multiaddr> listening = new ConcurrentHashMap<>();

  private volatile InheritedSockets given = new InheritedSockets();

  /**
   * @param identity who it is
   * @param config the first one
   */
  public RelayNode(Surroundings on, PrivateKey identity, RelayConfig config) {
    this.on = on;
    HostEnvironment environment = on.environment();
    this.gate = new NodeGate(on.membership(), on.own());
    this.host =
        new Host(
            identity,
            new HostSettings(
                List.of(), // those of the configuration are opened by start
                config.securities(),
                UpgradeSettings.DEFAULTS,
                config.resources(),
                config.connections(),
                PeerStore.Bounds.DEFAULTS,
                "fairlead"),
            environment,
            gate);
    this.client =
        new RelayClient(
            host, gate, config.unsolicited(), environment.clock(), environment.meters());
    this.serviceSettings = new WatchValue<>(config.service().settings());
    this.service =
        new RelayService(
            host,
            identity,
            gate,
            policy(),
            serviceSettings,
            environment.clock(),
            environment.meters());
    this.auto = new AutoRelay(host);
    this.finding = new RelayFinding(on, host, client.reservations(), auto, networks, gate::listed);
    this.reach = new NodeReach(on.environment(), host, gate);
    this.answers = new PeerAnswers(host, on.services());
    this.dialer = new RelayDialer(host, false);
    ReachMeters.register(environment.meters(), auto::reachability);
  }

  /**
   * The key of a file, which is made where there is none.
   *
   * @throws ConfigException it cannot be read or written, or holds no key
   */
  public static PrivateKey identity(Path file) throws ConfigException {
    try {
      return IdentityFile.open(file);
    } catch (UnusableKeyException | IOException failure) {
      throw new ConfigException(
          Problem.error(
              RelayCodes.UNUSABLE_IDENTITY.id(),
              "/relay/identity/file",
              Problem.Place.NOWHERE,
              file + ": " + failure.getMessage(),
              "give the path of a key, or of a file that is not there yet"));
    }
  }

  private RelayPolicy policy() {
    return new RelayPolicy() {
      @Override
      public PeerClass classOf(PeerId peer) {
        return classes
            .map(known -> known.current().getOrDefault(peer, PeerClass.ANONYMOUS))
            .orElse(PeerClass.ANONYMOUS);
      }

      @Override
      public Optional<Long> network(InetAddress address) {
        return networks.of(address);
      }
    };
  }

  // ---- life -----------------------------------------------------------------------------------

  @Override
  public String name() {
    return "relay";
  }

  /** Begins; addresses to listen on come with {@link #prepare}. */
  @Override
  public void start() throws StartException, InterruptedException {
    host.start();
    client.start();
    service.start();
    auto.start();
    reach.start();
  }

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    auto.use(null);
    service.drain(deadline);
    host.drain(deadline);
  }

  @Override
  public void close() {
    finding.close();
    auto.close();
    reach.close();
    service.close();
    client.close();
    host.close();
  }

  // ---- sockets of one process after another ---------------------------------------------------

  /** Takes what it listens on from there, where it is; else it binds. */
  public void inherits(InheritedSockets sockets) {
    given = sockets;
  }

  /** What it listens on; for loops that pass descriptors. */
  public List<PassedSocket> sockets() {
    List<PassedSocket> all = new ArrayList<>();
    listening.forEach(
        (wanted, bound) ->
            host.descriptor(bound)
                .ifPresent(number -> all.add(new PassedSocket(name(wanted), number))));
    return all;
  }

  private static String name(Multiaddr wanted) {
    return "libp2p " + wanted;
  }

  // ---- configuration --------------------------------------------------------------------------

  /**
   * Opens the addresses that are new, and reads the table of networks. Identity and ways to secure
   * connections stay as they were.
   *
   * @throws ConfigException one cannot be listened on, or the table is none
   */
  public Prepared prepare(RelayConfig next) throws ConfigException {
    Optional<AsnFile.Table> table = table(next);
    Map<Multiaddr, Multiaddr> opened = new LinkedHashMap<>();
    for (Multiaddr wanted : next.listen()) {
      if (listening.containsKey(wanted) || opened.containsKey(wanted)) continue;
      try {
        opened.put(
            wanted, host.listen(wanted, given.take(name(wanted))).toCompletableFuture().get());
      } catch (ExecutionException failure) {
        opened.values().forEach(host::unlisten);
        throw refused(wanted, failure);
      } catch (InterruptedException stopped) {
        opened.values().forEach(host::unlisten);
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + wanted + " was opened", stopped);
      }
    }
    return new Prepared() {
      @Override
      public void commit() {
        listening.putAll(opened);
        networks.use(table);
        apply(next);
      }

      @Override
      public void discard() {
        opened.values().forEach(host::unlisten);
      }
    };
  }

  private Optional<AsnFile.Table> table(RelayConfig next) throws ConfigException {
    if (next.asnTable().isEmpty()) return Optional.empty();
    Path file = next.asnTable().get();
    try {
      return Optional.of(networks.read(file));
    } catch (IOException | AsnTable.BadTableException failure) {
      throw new ConfigException(
          Problem.error(
              RelayCodes.UNUSABLE_ASN_TABLE.id(),
              "/relay/asn_table",
              Problem.Place.NOWHERE,
              file + ": " + failure.getMessage(),
              "give a file with lines PREFIX ASN, or leave the key out"));
    }
  }

  private static ConfigException refused(Multiaddr wanted, ExecutionException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return new ConfigException(
        Problem.error(
            RelayCodes.CANNOT_LISTEN.id(),
            "/relay/listen",
            Problem.Place.NOWHERE,
            wanted + ": " + cause.getMessage(),
            "choose an address and port that is free, /tcp or /tcp/…/ws"));
  }

  private void apply(RelayConfig next) {
    for (Multiaddr wanted : List.copyOf(listening.keySet())) {
      if (next.listen().contains(wanted)) continue;
      Multiaddr bound = listening.remove(wanted);
      if (bound != null) host.unlisten(bound);
    }
    PeerStreams streams = next.streams();
    List<Multiaddr> named = new ArrayList<>(next.auto().relays());
    named.addAll(streams.peers());
    gate.configured(named);
    dialer = new RelayDialer(host, streams.limited(), streams::addresses);
    answers.apply(streams);
    host.resources().settings(next.resources());
    host.keeper().marks(next.connections());
    classes = next.service().registry().map(source -> on.classes().apply(source.id()));
    serviceSettings.set(next.service().settings());
    reach.apply(next);
    finding.apply(next.auto());
  }

  // ---- revocation -----------------------------------------------------------------------------

  @Override
  public String kind() {
    return "relay_peers";
  }

  /** Cuts connections, places and circuits of entries, and leaves relays that are theirs. */
  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    Set<PeerId> peers = new HashSet<>();
    for (Connection connection : host.connections()) {
      connection
          .principal()
          .entry()
          .filter(entries::contains)
          .ifPresent(_ -> peers.add(connection.remote()));
    }
    finding.left(peers);
    return service.revoke(entries, cause) + host.revoke(entries, cause);
  }

  // ---- what is seen and asked -----------------------------------------------------------------

  public Host host() {
    return host;
  }

  /** Opens streams to peers, at addresses that the configuration names, or known otherwise. */
  public Dialer<StreamChannel> dialer() {
    return dialer;
  }

  public RelayService service() {
    return service;
  }

  public Reachability reachability() {
    return auto.reachability();
  }

  /** Of the node's addresses that were tried, whether others could dial them. */
  public Map<Multiaddr, Reachability> verdicts() {
    return reach.verdicts();
  }

  /** When a peer last said whether it could dial this node. */
  public Optional<Instant> lastProbe() {
    return reach.lastProbe();
  }

  /** Asks peers now; false where reachability is configured, or nobody is to be asked. */
  public boolean probe() {
    return reach.probe();
  }

  /** What looks for relays, while that is wanted. */
  public Optional<FinderDriver> finder() {
    return finding.driver();
  }

  /** Whether a list of relays could not be read of late. */
  public boolean stale() {
    return finding.stale();
  }

  /** An operator names addresses: they may be dialled wherever they are. */
  public void trust(List<Multiaddr> addresses) {
    gate.asked(addresses);
  }

  /** Connects to a peer that an operator names, at any address he names. */
  public CompletionStage<Connection> connect(PeerId peer, List<Multiaddr> addresses) {
    trust(addresses);
    return host.connect(peer, addresses);
  }

  /** Ends every connection with a peer; how many. */
  public int disconnect(PeerId peer) {
    List<Connection> all = new ArrayList<>(host.connections(peer));
    for (Connection each : all) each.close(ConnectionCode.GATED);
    return all.size();
  }
}
