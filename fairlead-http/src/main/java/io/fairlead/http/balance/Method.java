package io.fairlead.http.balance;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import java.util.List;

/** Ways to choose. */
public enum Method {
  /** In turn, in proportion to the weights, spread as evenly as possible. */
  ROUND_ROBIN,
  /** By lot, in proportion to the weights. */
  RANDOM,
  /** Who has fewest requests for its weight. */
  LEAST_CONN,
  /** Of two drawn by lot the one that costs less: latency times requests by weight. */
  P2C_EWMA,
  /** By a key, on a ring; nobody gets more than 1.25 times its share of the load. */
  RING_HASH,
  /** By a key, in a table; faster and more even than the ring, without a bound of load. */
  MAGLEV,
  /** The first group that is healthy enough; in turn within it. */
  FAILOVER;

  /** Whether it keeps requests with the same key together. */
  public boolean hashes() {
    return this == RING_HASH || this == MAGLEV;
  }

  /**
   * Chooses this way among these.
   *
   * @param candidates at least one
   * @param start of a round robin, e.g. where its predecessor stopped
   */
  public LoadBalancer over(
      List<Candidate> candidates, int start, Clock clock, Randomness randomness) {
    if (candidates.isEmpty()) throw new IllegalArgumentException("candidates: none");
    return switch (this) {
      case ROUND_ROBIN, FAILOVER ->
          new RoundRobin(candidates.stream().mapToInt(Candidate::weight).toArray(), start);
      case RANDOM -> new WeightedRandom(candidates, randomness);
      case LEAST_CONN -> new LeastConnections(candidates, randomness);
      case P2C_EWMA -> new CheaperOfTwo(candidates, clock, randomness);
      case RING_HASH -> new HashRing(candidates);
      case MAGLEV -> new Maglev(candidates, Maglev.SIZE);
    };
  }
}
