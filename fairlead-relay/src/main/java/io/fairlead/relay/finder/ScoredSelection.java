package io.fairlead.relay.finder;

import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Draws better candidates more often: the chance of each grows with its score, so that the best
 * placed relay does not get everybody. Candidates near a relay that is held, or that was drawn
 * before, count less. Immutable.
 *
 * @param latency weight of a short way
 * @param reliability weight of reservations that were given before
 * @param limits weight of generous bounds
 * @param standing weight of what a list says
 * @param temperature how much chance there is: near 0 the best score always wins
 * @param nearness what becomes of a score beside relays that are held or drawn
 */
public record ScoredSelection(
    double latency,
    double reliability,
    double limits,
    double standing,
    double temperature,
    Nearness nearness)
    implements RelaySelection {
  public static final ScoredSelection DEFAULTS =
      new ScoredSelection(0.35, 0.25, 0.20, 0.20, 0.15, new Nearness(0.3, 0.5, 0.5));

  /**
   * What a score is multiplied by beside another relay.
   *
   * @param samePrefix in its /24 or /48
   * @param sameNetwork in its autonomous system, where that is known
   * @param sameOperator run by the same
   */
  public record Nearness(double samePrefix, double sameNetwork, double sameOperator) {}

  private static final double HALFWAY_NANOS = Duration.ofMillis(50).toNanos();
  private static final double UNKNOWN_LATENCY = 0.35;
  private static final double UNKNOWN_LIMITS = 0.3;
  private static final double UNKNOWN_STANDING = 0.5;
  private static final double DATA_UNIT = 64 * 1024;
  private static final double DURATION_UNIT = Duration.ofMinutes(30).toNanos();

  public ScoredSelection {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature: " + temperature + " (expected: > 0)");
    }
  }

  /**
   * A score and what it is made of, each 0 - 1.
   *
   * @param total before any regard to others
   */
  public record Parts(
      double latency, double reliability, double limits, double standing, double total) {}

  /** What one candidate is worth by itself. */
  public Parts parts(CandidateView candidate) {
    double near =
        candidate
            .roundTrip()
            .map(rtt -> 1 / (1 + rtt.toNanos() / HALFWAY_NANOS))
            .orElse(UNKNOWN_LATENCY);
    double kept =
        (candidate.grants() + 1) / (candidate.attempts() + 2) * Math.pow(0.5, candidate.refusals());
    double wide = candidate.limits().map(ScoredSelection::width).orElse(UNKNOWN_LIMITS);
    double said = candidate.standing().score().orElse(UNKNOWN_STANDING);
    return new Parts(
        near,
        kept,
        wide,
        said,
        latency * near + reliability * kept + limits * wide + standing * said);
  }

  /** What one candidate is worth beside these relays. */
  double worth(CandidateView candidate, Collection<RelayView> beside) {
    Neighbours neighbours = new Neighbours();
    for (RelayView relay : beside) neighbours.add(relay);
    double score = parts(candidate).total();
    return score * neighbours.factor(new Scored(candidate, score, prefixes(candidate.addresses())));
  }

  private static double width(CircuitLimit limit) {
    double data =
        limit
            .bytes()
            .map(bytes -> Math.min(1, Math.log(1 + bytes / DATA_UNIT) / Math.log(2) / 10))
            .orElse(1.0);
    double time =
        limit
            .duration()
            .map(each -> Math.sqrt(Math.min(1, each.toNanos() / DURATION_UNIT)))
            .orElse(1.0);
    return data * time;
  }

  @Override
  public List<PeerId> order(
      Collection<CandidateView> candidates, Collection<RelayView> current, RandomGenerator chance) {
    Neighbours neighbours = new Neighbours();
    for (RelayView relay : current) neighbours.add(relay);
    List<Scored> left = new ArrayList<>(candidates.size());
    for (CandidateView candidate : candidates) {
      left.add(new Scored(candidate, parts(candidate).total(), prefixes(candidate.addresses())));
    }
    List<PeerId> order = new ArrayList<>(left.size());
    double[] weights = new double[left.size()];
    while (!left.isEmpty()) {
      Scored drawn = left.remove(draw(left, weights, neighbours, chance));
      order.add(drawn.candidate().id());
      neighbours.add(
          drawn.prefixes(), drawn.candidate().networks(), drawn.candidate().standing().operator());
    }
    return order;
  }

  private record Scored(CandidateView candidate, double score, Set<String> prefixes) {}

  private int draw(
      List<Scored> left, double[] weights, Neighbours neighbours, RandomGenerator chance) {
    double sum = 0;
    for (int i = 0; i < left.size(); i++) {
      Scored each = left.get(i);
      weights[i] = Math.exp(each.score() * neighbours.factor(each) / temperature);
      sum += weights[i];
    }
    double at = chance.nextDouble() * sum;
    for (int i = 0; i < left.size(); i++) {
      at -= weights[i];
      if (at < 0) return i;
    }
    return left.size() - 1; // rounding
  }

  /** Networks and operators of relays that are held or drawn. */
  private final class Neighbours {
    private final Set<String> prefixes = new HashSet<>();
    private final Set<Long> networks = new HashSet<>();
    private final Set<String> operators = new HashSet<>();

    void add(RelayView relay) {
      add(prefixes(relay.addresses()), relay.networks(), relay.operator());
    }

    void add(Set<String> itsPrefixes, Set<Long> itsNetworks, Optional<String> operator) {
      prefixes.addAll(itsPrefixes);
      networks.addAll(itsNetworks);
      operator.ifPresent(operators::add);
    }

    double factor(Scored candidate) {
      Optional<String> operator = candidate.candidate().standing().operator();
      return (Collections.disjoint(candidate.prefixes(), prefixes) ? 1 : nearness.samePrefix())
          * (Collections.disjoint(candidate.candidate().networks(), networks)
              ? 1
              : nearness.sameNetwork())
          * (operator.filter(operators::contains).isPresent() ? nearness.sameOperator() : 1);
    }
  }

  /** The networks an address may be in: /24 of IPv4, /48 of IPv6. */
  private static Set<String> prefixes(Collection<Multiaddr> addresses) {
    Set<String> prefixes = new HashSet<>();
    for (Multiaddr address : addresses) {
      Component first = address.components().getFirst();
      int bytes =
          switch (first.protocol()) {
            case IP4 -> 3;
            case IP6 -> 6;
            default -> 0; // a name: nobody knows
          };
      if (bytes > 0) {
        prefixes.add(HexFormat.of().formatHex(Arrays.copyOf(first.value(), bytes)));
      }
    }
    return prefixes;
  }
}
