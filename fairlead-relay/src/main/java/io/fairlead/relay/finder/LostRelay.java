package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.relay.source.RelayPeer;
import java.util.List;

/** A relay that was lost and is tried again before any other. Of the finder's owner. */
final class LostRelay {
  final RelayPeer peer;
  final Granted granted;

  /** Addresses that led through it, and may again. */
  final List<Multiaddr> addresses;

  final long graceEndsAtNanos;
  int tries;
  long nextTryAtNanos;

  /** Whether its time for tries is over: what is left of the grace is for its addresses. */
  boolean triedOut;

  LostRelay(HeldRelay held, long graceEndsAtNanos) {
    this.peer = held.peer;
    this.granted = held.granted;
    this.addresses = held.addresses;
    this.graceEndsAtNanos = graceEndsAtNanos;
  }
}
