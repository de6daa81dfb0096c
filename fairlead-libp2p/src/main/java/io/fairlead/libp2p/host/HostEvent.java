package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.util.List;
import java.util.Set;

/** What happened at a node. */
public sealed interface HostEvent {
  /** What it is about: of two events about the same, one that falls behind needs the later only. */
  default Object subject() {
    return getClass();
  }

  /** Whether a new subscriber is told the last one of its kind. */
  default boolean lasting() {
    return false;
  }

  /** Of one peer. */
  sealed interface OfPeer extends HostEvent {
    PeerId peer();

    @Override
    default Object subject() {
      return List.of(getClass(), peer());
    }
  }

  record PeerConnectednessChanged(PeerId peer, Connectedness connectedness) implements OfPeer {}

  /**
   * A peer said what it is.
   *
   * @param protocols what it speaks
   */
  record PeerIdentified(PeerId peer, Multiaddr remoteAddress, Set<String> protocols)
      implements OfPeer {}

  record IdentifyFailed(PeerId peer, String reason) implements OfPeer {}

  record PeerProtocolsUpdated(PeerId peer, Set<String> added, Set<String> removed)
      implements OfPeer {}

  /** Where we can be reached changed. */
  record LocalAddressesUpdated(List<Multiaddr> addresses) implements HostEvent {
    @Override
    public boolean lasting() {
      return true;
    }
  }

  /** What we speak changed. */
  record LocalProtocolsUpdated(Set<String> protocols) implements HostEvent {
    @Override
    public boolean lasting() {
      return true;
    }
  }

  record LocalReachabilityChanged(Reachability reachability) implements HostEvent {
    @Override
    public boolean lasting() {
      return true;
    }
  }

  /** Which of our addresses others can dial, as far as was tried. */
  record HostReachableAddressesChanged(
      List<Multiaddr> reachable, List<Multiaddr> unreachable, List<Multiaddr> unknown)
      implements HostEvent {
    @Override
    public boolean lasting() {
      return true;
    }
  }

  /** Where we can be reached through relays. */
  record AutoRelayAddressesUpdated(List<Multiaddr> addresses) implements HostEvent {
    @Override
    public boolean lasting() {
      return true;
    }
  }
}
