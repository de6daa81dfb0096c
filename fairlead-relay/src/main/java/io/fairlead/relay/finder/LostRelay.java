package io.fairlead.relay.finder;

import io.fairlead.relay.source.RelayPeer;

/** A relay that was lost and is tried again before any other. Of the finder's owner. */
final class LostRelay {
  final RelayPeer peer;
  final Granted granted;
  final long graceEndsAtNanos;
  int tries;
  long nextTryAtNanos;

  /** Whether its time for tries is over: what is left of the grace is for its addresses. */
  boolean triedOut;

  LostRelay(RelayPeer peer, Granted granted, long graceEndsAtNanos) {
    this.peer = peer;
    this.granted = granted;
    this.graceEndsAtNanos = graceEndsAtNanos;
  }
}
