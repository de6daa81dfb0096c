package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.util.List;

/** What a {@link RelayFinder} wants done. */
public sealed interface FinderEffect {
  /** Ask the source; answered by offers and the end of them. */
  record Query(long query, int max) implements FinderEffect {}

  /** Nobody wants more of a search, nor its end. */
  record CancelQuery(long query) implements FinderEffect {}

  /** Find out whether a peer relays. */
  record Check(long check, RelayPeer peer, Duration timeout) implements FinderEffect {}

  /**
   * Reserve on a peer, connecting to it where that is needed.
   *
   * @param addresses where it may be, besides what the node knows
   * @param timeout for both
   */
  record Reserve(long attempt, PeerId relay, List<Multiaddr> addresses, Duration timeout)
      implements FinderEffect {
    public Reserve {
      addresses = List.copyOf(addresses);
    }
  }

  /** Nobody waits for a check or a reservation any more; what comes of it is not wanted. */
  record Abandon(long id) implements FinderEffect {}

  /** Keep connections to a relay. */
  record Protect(PeerId relay) implements FinderEffect {}

  /** Keep them no more. */
  record Unprotect(PeerId relay) implements FinderEffect {}

  /** A reservation is not wanted any more. */
  record Release(PeerId relay) implements FinderEffect {}

  /** These addresses lead to us through relays, and no others. */
  record Publish(List<Multiaddr> addresses) implements FinderEffect {
    public Publish {
      addresses = List.copyOf(addresses);
    }
  }

  /** Wake it once the time is this; the last wish counts. */
  record WakeAt(long atNanos) implements FinderEffect {}

  /** For those who look on. */
  record Told(FinderNews news) implements FinderEffect {}
}
