package io.fairlead.http.balance;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Draws two by lot and takes the one that costs less: decayed peak latency × (requests + 1) /
 * weight. Two are enough to keep away from what is slow without sending everybody to the same best
 * one (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing"). Thread-safe.
 */
final class CheaperOfTwo implements LoadBalancer {
  private final Candidate[] candidates;
  private final Clock clock;
  private final Randomness randomness;

  CheaperOfTwo(List<Candidate> candidates, Clock clock, Randomness randomness) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.clock = clock;
    this.randomness = randomness;
  }

  @Override
  public int pick(long key) {
    int count = candidates.length;
    if (count == 1) return 0;
    RandomGenerator random = randomness.generator();
    int one = random.nextInt(count);
    int two = random.nextInt(count - 1);
    if (two >= one) two++;
    return cheaper(one, two);
  }

  @Override
  public int pickOther(long key, int not) {
    int count = candidates.length;
    RandomGenerator random = randomness.generator();
    int one = random.nextInt(count - 1);
    if (one >= not) one++;
    if (count == 2) return one;
    int two = random.nextInt(count - 1);
    if (two >= not) two++;
    return one == two ? one : cheaper(one, two);
  }

  private int cheaper(int one, int two) {
    long now = clock.nanos();
    return cost(candidates[one], now) <= cost(candidates[two], now) ? one : two;
  }

  private static double cost(Candidate candidate, long nowNanos) {
    Load load = candidate.load();
    return load.latencyNanos(nowNanos) * (load.inflight() + 1.0) / candidate.weight();
  }
}
