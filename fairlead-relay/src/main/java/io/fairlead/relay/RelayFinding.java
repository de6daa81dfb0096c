package io.fairlead.relay;

import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEnvironment;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.finder.AutoRelay;
import io.fairlead.relay.finder.FinderDriver;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reservation.Reservations;
import io.fairlead.relay.source.CompositeRelays;
import io.fairlead.relay.source.CompositeRelays.Part;
import io.fairlead.relay.source.ConnectedRelays;
import io.fairlead.relay.source.ListedRelays;
import io.fairlead.relay.source.RelayList;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.RelayPeerSource;
import io.fairlead.relay.source.StaticRelays;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The finder of a node as the configuration wants it: from which sources, or not at all. Of the
 * configuration's thread, but for what says otherwise.
 */
final class RelayFinding implements AutoCloseable {
  private final RelayNode.Surroundings on;
  private final Host host;
  private final Reservations reservations;
  private final AutoRelay auto;
  private final Networks networks;
  private final Consumer<List<Multiaddr>> trusted;
  private volatile RelayPeerSource source = new StaticRelays(List.of());
  private volatile @Nullable FinderDriver driver;
  private volatile Optional<Watch<RelayList>> list = Optional.empty();
  private Watch.@Nullable Observation following;
  private Optional<String> followed = Optional.empty();
  private @Nullable ListedRelays listed;
  private Set<PeerId> named = Set.of();

  /**
   * @param trusted takes the addresses of listed relays that may be dialled wherever they are
   */
  RelayFinding(
      RelayNode.Surroundings on,
      Host host,
      Reservations reservations,
      AutoRelay auto,
      Networks networks,
      Consumer<List<Multiaddr>> trusted) {
    this.on = on;
    this.host = host;
    this.reservations = reservations;
    this.auto = auto;
    this.networks = networks;
    this.trusted = trusted;
  }

  /** Any thread. */
  Optional<FinderDriver> driver() {
    return Optional.ofNullable(driver);
  }

  /** Any thread. */
  boolean stale() {
    return list.map(each -> each.current().stale()).orElse(false);
  }

  void apply(RelayConfig.Auto next) {
    if (!next.wanted()) {
      auto.use(null);
      return;
    }
    follow(next.registry().map(reference -> reference.id()));
    StaticRelays relays = StaticRelays.typed(next.relays());
    List<Part> parts = new ArrayList<>();
    RelayConfig.Quotas quotas = next.quotas();
    if (!relays.relays().isEmpty()) parts.add(part(relays, quotas.named()));
    if (listed != null) parts.add(part(listed, quotas.registry()));
    if (next.connected()) {
      ConnectedRelays known =
          new ConnectedRelays(host, HopMessage.PROTOCOL, on.environment().randomness()::generator);
      parts.add(part(known, quotas.connected()));
    }
    source = new CompositeRelays(parts);
    FinderDriver there = driver;
    if (there == null) {
      there = make(next);
      driver = there;
    } else {
      there.tune(next.settings());
    }
    changeNames(relays, there);
    auto.use(there);
  }

  private static Part part(RelayPeerSource source, Optional<Integer> quota) {
    return new Part(source, quota.orElse(Integer.MAX_VALUE));
  }

  private FinderDriver make(RelayConfig.Auto config) {
    HostEnvironment environment = on.environment();
    return new FinderDriver(
        new FinderDriver.Ground(
            host,
            reservations,
            (max, sink, cancel) -> source.find(max, sink, cancel),
            networks,
            on.history(),
            auto::published,
            environment.loops().group(),
            environment.clock(),
            environment.randomness()),
        config.settings(),
        on.onlooker(),
        environment.meters());
  }

  /** Relays whose names are gone lapse; new ones are looked at now. */
  private void changeNames(StaticRelays relays, FinderDriver there) {
    Set<PeerId> now = relays.relays().stream().map(RelayPeer::id).collect(Collectors.toSet());
    Set<PeerId> gone = new HashSet<>(named);
    gone.removeAll(now);
    Set<PeerId> fresh = new HashSet<>(now);
    fresh.removeAll(named);
    named = now;
    if (listed != null) gone.removeAll(listed.peers());
    if (!gone.isEmpty() || !fresh.isEmpty()) there.listChanged(Set.of(), gone, fresh);
    if (!fresh.isEmpty()) there.findNow();
  }

  private void follow(Optional<String> wanted) {
    if (wanted.equals(followed)) return;
    Watch.@Nullable Observation before = following;
    if (before != null) before.close();
    lapse(listed);
    following = null;
    listed = null;
    followed = wanted;
    list = wanted.map(on.relays());
    trust(list.map(Watch::current).orElse(RelayList.EMPTY));
    if (list.isEmpty()) return;
    ListedRelays next = new ListedRelays(list.get(), on.environment().randomness()::generator);
    listed = next;
    following =
        list.get()
            .observe(
                Runnable::run,
                picture -> {
                  trust(picture);
                  ListedRelays.Change change = next.changeTo(picture);
                  FinderDriver there = driver;
                  if (there == null || change.nothing()) return;
                  there.listChanged(change.gone(), change.draining(), change.fresh());
                  if (!change.fresh().isEmpty()) there.findNow();
                });
  }

  /** The relays of a list that is followed no more end by themselves, but those that are named. */
  private void lapse(@Nullable ListedRelays before) {
    FinderDriver there = driver;
    if (there == null || before == null) return;
    Set<PeerId> left = new HashSet<>(before.peers());
    left.removeAll(named);
    if (!left.isEmpty()) there.listChanged(Set.of(), left, Set.of());
  }

  private void trust(RelayList picture) {
    trusted.accept(
        picture.entries().stream()
            .map(RelayList.Entry::peer)
            .filter(RelayPeer::typed)
            .flatMap(peer -> peer.addresses().stream())
            .toList());
  }

  /** These peers lost their right: they are relays no more. Any thread. */
  void left(Set<PeerId> peers) {
    FinderDriver there = driver;
    if (there != null && !peers.isEmpty()) there.listChanged(peers, Set.of(), Set.of());
  }

  @Override
  public void close() {
    Watch.@Nullable Observation last = following;
    if (last != null) last.close();
    FinderDriver there = driver;
    if (there != null) there.close();
  }
}
