package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import java.time.Instant;

/** What happened to a finder, for meters, events and people. */
public sealed interface FinderNews {
  /** A relay is held now. */
  record Gained(PeerId relay, Instant expiresAt) implements FinderNews {}

  /** A relay is held no more. */
  record Ended(PeerId relay, EndReason reason) implements FinderNews {}

  /** Why a relay is held no more. */
  enum EndReason {
    DISCONNECTED,
    EXPIRED,
    /** It refused to go on. */
    REFUSED,
    /** It was let end. */
    LAPSED,
    /** Its entry left the list. */
    REMOVED,
    /** An operator's wish. */
    DROPPED
  }

  /** A reservation was asked for, and this came of it. */
  record Requested(PeerId relay, RequestType type, ReserveResult result) implements FinderNews {}

  /** Whether a reservation is the first. */
  enum RequestType {
    NEW,
    REFRESH
  }

  /** A peer does or does not relay. */
  record Support(boolean relays) implements FinderNews {}

  /** A candidate came. */
  record CandidateAdded(PeerId peer) implements FinderNews {}

  /** Candidates went. */
  record CandidatesRemoved(int count) implements FinderNews {}
}
