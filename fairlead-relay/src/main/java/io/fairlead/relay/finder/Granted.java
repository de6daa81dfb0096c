package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import java.time.Instant;
import java.util.List;

/**
 * A reservation, with what is known of its relay.
 *
 * @param known addresses of the relay, besides those the reservation names
 */
public record Granted(Reservation reservation, List<Multiaddr> known) {
  public Granted {
    known = List.copyOf(known);
  }

  /** On the wall clock. */
  Instant expiresAt() {
    return reservation.expires();
  }

  /** Those the relay named, else those known of it. */
  List<Multiaddr> addresses() {
    return reservation.addresses().isEmpty() ? known : reservation.addresses();
  }

  CircuitLimit limit() {
    return reservation.limit();
  }
}
