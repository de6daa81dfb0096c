package io.fairlead.relay.reservation;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.Voucher;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A place that a relay keeps for this node.
 *
 * @param relay who keeps it
 * @param expires until when, in whole seconds
 * @param addresses where the relay says it can be reached, each ending with its peer id; none when
 *     it named none that can be read
 * @param voucher its signed word, checked; some relays give none
 * @param limit what each circuit through it may take
 */
public record Reservation(
    PeerId relay,
    Instant expires,
    List<Multiaddr> addresses,
    Optional<Voucher> voucher,
    CircuitLimit limit) {
  public Reservation {
    addresses = List.copyOf(addresses);
  }
}
