package io.fairlead.relay;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.net.dial.OwnAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Membership decides about peers; of addresses, those that anyone can reach are dialled, and those
 * an operator typed, in the configuration, at the control API or in a list of his own. A peer can
 * claim to be anywhere: without this it could make the gateway knock at doors of its own network.
 * Any thread.
 */
final class NodeGate implements PeerGate {
  /** Addresses typed at the control API that are remembered; the oldest are forgotten first. */
  private static final int ASKED_MAX = 64;

  private final PeerGate membership;
  private final OwnAddresses own;
  private volatile Set<Multiaddr> configured = Set.of();
  private volatile Set<Multiaddr> listed = Set.of();
  private final Set<Multiaddr> asked = new LinkedHashSet<>(); // guarded by itself

  /**
   * @param own where this process listens: its control API is never dialled
   */
  NodeGate(PeerGate membership, OwnAddresses own) {
    this.membership = membership;
    this.own = own;
  }

  /** What the configuration names from now on. */
  void configured(Collection<Multiaddr> addresses) {
    configured = bare(addresses);
  }

  /** What a list that may name any address names from now on. */
  void listed(Collection<Multiaddr> addresses) {
    listed = bare(addresses);
  }

  private static Set<Multiaddr> bare(Collection<Multiaddr> addresses) {
    return Set.copyOf(addresses.stream().flatMap(each -> bare(each).stream()).toList());
  }

  /** An operator named these. */
  void asked(Collection<Multiaddr> addresses) {
    synchronized (asked) {
      for (Multiaddr address : addresses) asked.addAll(bare(address));
      while (asked.size() > ASKED_MAX) asked.remove(asked.iterator().next());
    }
  }

  /** The address without its peer; of one through a relay, the relay's. */
  private static List<Multiaddr> bare(Multiaddr address) {
    Optional<Multiaddr> next =
        address.relayed()
            ? address.circuit().flatMap(Multiaddr.Circuit::relay)
            : Optional.of(address);
    return next.flatMap(Multiaddr::withoutPeer).map(Multiaddr::normal).stream().toList();
  }

  @Override
  public Principal principal(PeerId peer) {
    return membership.principal(peer);
  }

  @Override
  public Verdict decide(Principal principal, Action action) {
    return membership.decide(principal, action);
  }

  @Override
  public boolean mayDial(Multiaddr address) {
    return mayDial(address, address);
  }

  /** A name that an operator typed is meant wherever it leads. */
  @Override
  public boolean mayDial(Multiaddr named, Multiaddr found) {
    List<Multiaddr> bare = bare(found);
    if (bare.isEmpty() || isControl(bare.getFirst())) return false;
    if (AddressScope.of(found) == AddressScope.PUBLIC) return true;
    return isTyped(bare.getFirst()) || bare(named).stream().anyMatch(this::isTyped);
  }

  private boolean isTyped(Multiaddr bare) {
    if (configured.contains(bare) || listed.contains(bare)) return true;
    synchronized (asked) {
      return asked.contains(bare);
    }
  }

  private boolean isControl(Multiaddr address) {
    Component first = address.components().getFirst();
    boolean ip = first.protocol() == AddressProtocol.IP4 || first.protocol() == AddressProtocol.IP6;
    if (!ip || !address.has(AddressProtocol.TCP)) return false;
    int port = (int) address.first(AddressProtocol.TCP).orElseThrow().number();
    return own.isControl(new InetSocketAddress(InetAddress.ofLiteral(first.text()), port));
  }
}
