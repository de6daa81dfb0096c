package io.fairlead.relay.finder;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one peer did as a relay, in times of the wall clock, which go on over restarts.
 *
 * @param trip its round trip, where that was measured
 * @param attempts reservations asked for, faded until {@code fadedAt}
 * @param grants those of them that were given
 * @param refusedAt when it had no room, of late
 * @param limit the bounds it gave last
 */
record Remembered(
    PeerId peer,
    Optional<Trip> trip,
    double attempts,
    double grants,
    Instant fadedAt,
    List<Instant> refusedAt,
    Optional<CircuitLimit> limit) {

  /** A round trip, and when it was as long. */
  record Trip(Duration time, Instant at) {
    Trip {
      if (time.isNegative())
        throw new IllegalArgumentException("time: " + time + " (expected: >= 0)");
    }
  }

  Remembered {
    if (!(attempts >= 0 && attempts < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("attempts: " + attempts + " (expected: >= 0)");
    }
    if (!(grants >= 0 && grants <= attempts)) {
      throw new IllegalArgumentException("grants: " + grants + " (expected: 0 - " + attempts + ")");
    }
    refusedAt = List.copyOf(refusedAt);
  }
}
