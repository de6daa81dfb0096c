package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a relay gave.
 *
 * @param expiresAt on the wall clock
 * @param addresses where the relay says it is; may be none
 * @param known other addresses known of the relay
 * @param duration longest life of a circuit; empty for any
 * @param dataBytes most bytes of a circuit each way; empty for any
 */
public record Granted(
    Instant expiresAt,
    List<Multiaddr> addresses,
    List<Multiaddr> known,
    Optional<Duration> duration,
    OptionalLong dataBytes) {
  public Granted {
    addresses = List.copyOf(addresses);
    known = List.copyOf(known);
  }
}
