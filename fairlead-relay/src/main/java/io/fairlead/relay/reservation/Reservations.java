package io.fairlead.relay.reservation;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Asks relays to keep a place for this node. Any thread; stages complete on event loops. */
public interface Reservations {
  /**
   * Asks for a place, or for more time in the one there is. Without a connection to the relay one
   * is made first. A failure leaves a place that was given before as it is.
   *
   * @param relay who is to keep it
   * @param addresses where it may be; those known of it already need not be given
   * @return fails with {@link ReservationException}; nothing bounds it below the time of a dial and
   *     60 s, so a caller in a hurry gives up by itself
   */
  CompletionStage<Reservation> reserve(PeerId relay, List<Multiaddr> addresses);

  /**
   * Forgets the place at a relay: circuits through it are accepted no more, and it lapses there in
   * its time. Connections and circuits there are go on.
   */
  void drop(PeerId relay);
}
