package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A relay with a reservation, and how it is kept. Of the finder's owner. */
final class HeldRelay {
  /** Whether it is to be kept. */
  enum Keeping {
    KEPT,
    /** There are more than wanted: it ends by itself. */
    SURPLUS,
    /** Its entry takes nothing new: another is found before it ends by itself. */
    DRAINING
  }

  final RelayPeer peer;
  final long sinceNanos;
  Granted granted;

  /** Addresses that lead through it. */
  List<Multiaddr> addresses;

  Keeping keeping = Keeping.KEPT;

  /** Whether it was lost before and came back. */
  boolean returned;

  /** Refreshes that failed since the last that did not. */
  int failures;

  OptionalLong retryAtNanos = OptionalLong.empty();
  Optional<ReserveResult> lastRefresh = Optional.empty();

  HeldRelay(RelayPeer peer, Granted granted, long nowNanos) {
    this.peer = peer;
    this.granted = granted;
    this.addresses = addresses(peer, granted);
    this.sinceNanos = nowNanos;
  }

  PeerId id() {
    return peer.id();
  }

  boolean lapsing() {
    return keeping != Keeping.KEPT;
  }

  void renewed(Granted next) {
    granted = next;
    addresses = addresses(peer, next);
    failures = 0;
    retryAtNanos = OptionalLong.empty();
    lastRefresh = Optional.of(ReserveResult.SUCCESS);
  }

  /**
   * Those the relay named, else those known of it; where none can be dialled from anywhere, those
   * that an operator typed, who knows better.
   */
  private static List<Multiaddr> addresses(RelayPeer peer, Granted granted) {
    List<Multiaddr> said = RelayAddresses.clean(granted.addresses());
    List<Multiaddr> best = said.isEmpty() && peer.typed() ? peer.addresses() : said;
    return RelayAddresses.through(peer.id(), best);
  }
}
