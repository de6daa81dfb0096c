package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Orders candidates for the next reservation. Pure apart from the chance it is given. */
@FunctionalInterface
public interface RelaySelection {
  /** Everyone has the same chance. */
  RelaySelection RANDOM =
      (candidates, current, chance) -> {
        List<PeerId> order = new ArrayList<>();
        candidates.forEach(each -> order.add(each.id()));
        Collections.shuffle(order, chance);
        return order;
      };

  /**
   * The candidates, the one to try first at the beginning.
   *
   * @param current relays held now
   */
  List<PeerId> order(
      Collection<CandidateView> candidates, Collection<RelayView> current, RandomGenerator chance);

  /**
   * What is known of a candidate.
   *
   * @param roundTrip empty when it was not measured of late
   * @param attempts reservations asked for, faded
   * @param grants of them given
   * @param refusals for lack of room in the last hour
   * @param limits the bounds it gave last
   * @param networks the autonomous systems of its addresses, where they are known
   */
  record CandidateView(
      PeerId id,
      List<Multiaddr> addresses,
      Optional<Duration> roundTrip,
      double attempts,
      double grants,
      int refusals,
      Optional<CircuitLimit> limits,
      RelayPeer.Standing standing,
      Set<Long> networks) {}

  /** What matters of a relay that is held. */
  record RelayView(
      PeerId id, List<Multiaddr> addresses, Set<Long> networks, Optional<String> operator) {}
}
