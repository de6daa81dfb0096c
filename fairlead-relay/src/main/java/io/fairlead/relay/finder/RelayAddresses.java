package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Addresses that lead to us through a relay. Pure. */
final class RelayAddresses {
  /** Addresses said at most. */
  static final int PUBLISHED_MAX = 100;

  /** Bytes of them at most: with those of the node itself they have to fit into its record. */
  static final int PUBLISHED_BYTES_MAX = 6144;

  private static final Set<Long> USUAL_PORTS = Set.of(4001L, 4002L);
  private static final Multiaddr CIRCUIT = circuit();

  private RelayAddresses() {}

  private static Multiaddr circuit() {
    try {
      return Multiaddr.parse("/p2p-circuit");
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * What is said of the addresses through several relays, sorted. Where that is too much each relay
   * gets one after the other, so that one that names many takes no room from the others.
   */
  static List<Multiaddr> published(List<List<Multiaddr>> byRelay) {
    List<List<Multiaddr>> sorted =
        byRelay.stream().map(each -> each.stream().distinct().sorted().toList()).toList();
    int most = sorted.stream().mapToInt(List::size).max().orElse(0);
    TreeSet<Multiaddr> said = new TreeSet<>();
    int left = PUBLISHED_BYTES_MAX;
    for (int i = 0; i < most; i++) {
      for (List<Multiaddr> each : sorted) {
        if (i >= each.size() || said.size() == PUBLISHED_MAX) continue;
        Multiaddr next = each.get(i);
        int bytes = next.toBytes().length;
        if (bytes <= left && said.add(next)) left -= bytes;
      }
    }
    return List.copyOf(said);
  }

  /** Each of the relay's addresses, followed by its id and the hop. */
  static List<Multiaddr> through(PeerId relay, Collection<Multiaddr> addresses) {
    List<Multiaddr> through = new ArrayList<>();
    for (Multiaddr address : addresses) {
      through.add(bare(relay, address).withPeer(relay).followedBy(CIRCUIT));
    }
    return through;
  }

  /** Without the relay's own id at its end, which some relays say twice. */
  private static Multiaddr bare(PeerId relay, Multiaddr address) {
    Multiaddr bare = address;
    while (bare.peerId().filter(relay::equals).isPresent()) {
      var without = bare.withoutPeer();
      if (without.isEmpty()) break;
      bare = without.get();
    }
    return bare;
  }

  /**
   * The addresses of a relay that are worth saying. A relay behind a NAT that maps a new port for
   * each connection shows many that differ in the port only: of them those stay whose port is also
   * one of its private addresses, or a usual one; all where no such is among them.
   */
  static List<Multiaddr> clean(Collection<Multiaddr> addresses) {
    List<Multiaddr> open = new ArrayList<>();
    Set<Long> privatePorts = new HashSet<>();
    for (Multiaddr address : addresses) {
      if (address.relayed()) continue;
      switch (AddressScope.of(address)) {
        case PUBLIC -> open.add(address);
        case PRIVATE -> port(address).ifPresent(part -> privatePorts.add(part.number()));
        case UNROUTABLE, UNKNOWN -> {}
      }
    }
    Map<String, List<Multiaddr>> groups = new LinkedHashMap<>();
    for (Multiaddr address : open) {
      groups.computeIfAbsent(withoutPort(address), _ -> new ArrayList<>()).add(address);
    }
    List<Multiaddr> kept = new ArrayList<>();
    for (List<Multiaddr> group : groups.values()) kept.addAll(ofGroup(group, privatePorts));
    return kept;
  }

  private static List<Multiaddr> ofGroup(List<Multiaddr> group, Set<Long> privatePorts) {
    if (group.size() == 1) return group;
    List<Multiaddr> likely =
        group.stream()
            .filter(
                address ->
                    port(address)
                        .map(Component::number)
                        .filter(port -> privatePorts.contains(port) || USUAL_PORTS.contains(port))
                        .isPresent())
            .toList();
    return likely.isEmpty() ? group : likely;
  }

  private static Optional<Component> port(Multiaddr address) {
    for (Component component : address.components()) {
      AddressProtocol protocol = component.protocol();
      if (protocol == AddressProtocol.TCP || protocol == AddressProtocol.UDP) {
        return Optional.of(component);
      }
    }
    return Optional.empty();
  }

  private static String withoutPort(Multiaddr address) {
    StringBuilder key = new StringBuilder();
    boolean cut = false;
    for (Component component : address.components()) {
      boolean port =
          component.protocol() == AddressProtocol.TCP
              || component.protocol() == AddressProtocol.UDP;
      key.append(port && !cut ? "/" + component.protocol().word() : component.toString());
      cut |= port;
    }
    return key.toString();
  }
}
