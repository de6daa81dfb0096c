package io.fairlead.app.relay;

import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.registry.RelaySupply;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.target.RelayCandidate;
import io.fairlead.relay.service.PeerClass;
import io.fairlead.relay.source.RelayList;
import io.fairlead.relay.source.RelayPeer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Registry sources in the words of the libp2p node. Where a target of kind {@code relay_candidates}
 * follows a source, its relays are those that the target has in force; else all that the source
 * lists. What a source said last stays while it cannot be read; where no target follows it, over a
 * restart too ({@link KeptLists}). Any thread.
 */
public final class RelayLists {
  private static final int WEIGHT_FULL = 100;
  private static final int RUNS_THINGS =
      Role.PROXY.bit() | Role.RELAY.bit() | Role.TUNNEL_SERVER.bit();

  private final RelaySupply supply;
  private final KeptLists kept;
  private final Map<String, Last> bySource = new ConcurrentHashMap<>();

  private static final class Last {
    final WatchValue<RelayList> relays = new WatchValue<>(RelayList.EMPTY);
    final WatchValue<Map<PeerId, PeerClass>> classes = new WatchValue<>(Map.of());
    long position;
    Optional<List<Entry>> entries = Optional.empty();
  }

  /**
   * @param supply what the registry says
   * @param file where lists are kept, see {@link KeptLists}
   */
  public RelayLists(RelaySupply supply, Path file, Clock clock) {
    this.supply = supply;
    this.kept = new KeptLists(file, clock);
    // Lasts as long as the registry.
    var _ = supply.candidates().observe(Runnable::run, _ -> bySource.forEach(this::look));
  }

  /** The relays of a source. */
  public Watch<RelayList> relays(String source) {
    return last(source).relays;
  }

  /** Who its entries are. */
  public Watch<Map<PeerId, PeerClass>> classes(String source) {
    return last(source).classes;
  }

  private Last last(String source) {
    Last last = bySource.computeIfAbsent(source, _ -> new Last());
    look(source, last);
    return last;
  }

  /** A source was read; nothing for those nobody asked for. */
  public void read(String source) {
    Last last = bySource.get(source);
    if (last != null) look(source, last);
  }

  private void look(String source, Last last) {
    synchronized (last) {
      Optional<Snapshot> list = supply.view(source).flatMap(SourceFollower.View::lastGood);
      boolean stale = supply.view(source).map(view -> view.failure().isPresent()).orElse(false);
      Optional<List<RelayList.Entry>> relays;
      if (supply.selects(source)) {
        relays = Optional.of(selected(source, list));
      } else if (list.isPresent()) {
        relays = Optional.of(entries(source, remembered(source, list.get())));
      } else {
        // Nothing was read yet: what was read before the restart is better than nothing.
        relays = kept.of(source).map(each -> entries(source, each));
        stale = true;
      }
      RelayList former = last.relays.current();
      if (relays.isPresent()
          && !(relays.get().equals(former.entries()) && stale == former.stale())) {
        last.relays.set(new RelayList(++last.position, stale, relays.get()));
      }
      if (list.isEmpty() || last.entries.equals(list.map(Snapshot::entries))) return;
      last.entries = list.map(Snapshot::entries);
      last.classes.set(classes(list.get()));
    }
  }

  /** Those that targets have in force; the list says how good they are. */
  private List<RelayList.Entry> selected(String source, Optional<Snapshot> list) {
    Map<String, Entry> byId = new HashMap<>();
    list.ifPresent(each -> each.entries().forEach(entry -> byId.put(entry.id(), entry)));
    List<RelayList.Entry> relays = new ArrayList<>();
    for (RelayCandidate candidate : supply.candidates().current()) {
      if (!candidate.entry().source().equals(source)) continue;
      Optional<PeerId> peer = parsed(candidate.peerId());
      if (peer.isEmpty()) continue;
      List<Multiaddr> addresses = new ArrayList<>();
      for (String text : candidate.addresses()) address(text).ifPresent(addresses::add);
      RelayPeer.Standing standing =
          Optional.ofNullable(byId.get(candidate.entry().id()))
              .map(RelayLists::standing)
              .orElse(RelayPeer.Standing.NONE);
      relays.add(
          new RelayList.Entry(
              new RelayPeer(peer.get(), addresses, !supply.guarded(source), standing),
              candidate.draining()));
    }
    return relays;
  }

  private List<RelayList.Entry> entries(String source, List<KeptLists.Relay> relays) {
    boolean typed = !supply.guarded(source);
    return relays.stream()
        .map(
            each ->
                new RelayList.Entry(
                    new RelayPeer(
                        each.peer().id(), each.peer().addresses(), typed, each.peer().standing()),
                    each.draining()))
        .toList();
  }

  private List<KeptLists.Relay> remembered(String source, Snapshot list) {
    List<KeptLists.Relay> relays = listed(list);
    kept.keep(source, list.observedAt(), relays);
    return relays;
  }

  private static List<KeptLists.Relay> listed(Snapshot list) {
    List<KeptLists.Relay> relays = new ArrayList<>();
    for (Entry entry : list.entries()) {
      if (!entry.hasRole(Role.RELAY.bit()) || !usable(entry, list.observedAt())) continue;
      Optional<PeerId> peer = peer(entry);
      if (peer.isEmpty()) continue;
      List<Multiaddr> addresses = new ArrayList<>();
      for (CanonicalAddress endpoint : entry.endpoints()) {
        address(endpoint)
            .filter(each -> each.peerId().map(peer.get()::equals).orElse(true))
            .ifPresent(addresses::add);
      }
      relays.add(
          new KeptLists.Relay(
              new RelayPeer(peer.get(), addresses, false, standing(entry)),
              entry.status() == Status.DRAINING,
              entry.validUntil()));
    }
    return relays;
  }

  private static RelayPeer.Standing standing(Entry entry) {
    return new RelayPeer.Standing(
        entry.weight() == 0
            ? OptionalDouble.empty()
            : OptionalDouble.of(Math.min(1, entry.weight() / (double) WEIGHT_FULL)),
        entry.operator(),
        entry.group().isEmpty() ? Optional.empty() : Optional.of(entry.group()));
  }

  private static Map<PeerId, PeerClass> classes(Snapshot list) {
    Map<PeerId, PeerClass> classes = new HashMap<>();
    for (Entry entry : list.entries()) {
      if (!usable(entry, list.observedAt())) continue;
      PeerClass kind = entry.hasRole(RUNS_THINGS) ? PeerClass.OPERATOR : PeerClass.REGISTERED;
      peer(entry).ifPresent(peer -> classes.put(peer, kind));
    }
    return Map.copyOf(classes);
  }

  private static boolean usable(Entry entry, Instant at) {
    return entry.status() != Status.REVOKED && !entry.expiredAt(at.getEpochSecond());
  }

  /** Its key's, or the one its endpoints name. */
  private static Optional<PeerId> peer(Entry entry) {
    return entry
        .publicKey()
        .map(key -> key.peerId())
        .or(
            () ->
                entry.endpoints().stream()
                    .flatMap(endpoint -> endpoint.peerId().stream())
                    .findFirst())
        .flatMap(RelayLists::parsed);
  }

  private static Optional<PeerId> parsed(String text) {
    try {
      return Optional.of(PeerId.parse(text));
    } catch (MalformedException _) {
      return Optional.empty();
    }
  }

  private static Optional<Multiaddr> address(String text) {
    try {
      // It was taken in under the source's own rules.
      return address(AddressParser.ofOperator().parse(text));
    } catch (BadAddressException _) {
      return Optional.empty();
    }
  }

  private static Optional<Multiaddr> address(CanonicalAddress endpoint) {
    CanonicalAddress written =
        new CanonicalAddress(
            endpoint.transport(),
            endpoint.host(),
            endpoint.address(),
            endpoint.port(),
            endpoint.peerId(),
            true);
    try {
      return Optional.of(Multiaddr.parse(written.text()));
    } catch (MalformedException _) {
      return Optional.empty(); // of a transport we do not know
    }
  }
}
