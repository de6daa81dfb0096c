package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a {@link RelayFinder} is told. Numbers tie an answer to its question. */
public sealed interface FinderInput {
  /**
   * Relays are wanted from now on; when they are already, nothing.
   *
   * @param wall the wall clock, which reservations end by
   */
  record Start(Instant wall) implements FinderInput {}

  /** They are wanted no more. */
  record Stop() implements FinderInput {}

  /** Other settings, from the next decision on. */
  record Tuned(FinderSettings settings) implements FinderInput {}

  /** A time it asked to be woken at has come. */
  record Woke(Instant wall) implements FinderInput {}

  /** The source offers somebody. */
  record Offered(long query, RelayPeer peer) implements FinderInput {}

  /** The source has no more. */
  record SourceDone(long query) implements FinderInput {}

  /** How the check of a peer ended. */
  record Checked(long check, CheckResult result) implements FinderInput {}

  /** What a check found. */
  sealed interface CheckResult {
    /** It relays. */
    record Relays(List<Multiaddr> addresses, Optional<Duration> roundTrip) implements CheckResult {
      public Relays {
        addresses = List.copyOf(addresses);
      }
    }

    /** It does not. */
    record NoRelay() implements CheckResult {}

    /** It is itself behind a relay, cannot be reached, or does not say what it speaks. */
    record Unusable(String reason) implements CheckResult {}
  }

  /** A relay gave a reservation. */
  record Reserved(long attempt, PeerId relay, Granted granted, Instant wall)
      implements FinderInput {}

  /** It did not. */
  record NotReserved(long attempt, PeerId relay, ReserveResult why) implements FinderInput {}

  /** The last connection to a peer is gone. */
  record PeerGone(PeerId peer) implements FinderInput {}

  /**
   * The list of relays changed.
   *
   * @param gone to be left at once
   * @param draining to be left once another is there
   * @param fresh who is new, or otherwise than before, and may be kept
   */
  record ListChanged(Set<PeerId> gone, Set<PeerId> draining, Set<PeerId> fresh)
      implements FinderInput {
    public ListChanged {
      gone = Set.copyOf(gone);
      draining = Set.copyOf(draining);
      fresh = Set.copyOf(fresh);
    }
  }

  // ---- an operator's ------------------------------------------------------------------------

  /** Asks the source as soon as it may be asked, however many candidates there are. */
  record FindNow() implements FinderInput {}

  /** Forgets that peers failed: one, or all. */
  record ClearBackoff(Optional<PeerId> peer) implements FinderInput {}

  /** Leaves a relay, and leaves it alone. */
  record DropRelay(PeerId relay) implements FinderInput {}

  /** Reserves on a peer, in place of another relay where there are enough. */
  record ReserveOn(RelayPeer peer) implements FinderInput {}
}
