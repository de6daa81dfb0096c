package io.fairlead.http.balance;

import io.fairlead.core.random.Randomness;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Who has fewest requests for its weight: least (requests + 1) / weight, by lot where several are
 * equal. Asks every candidate. Thread-safe.
 */
final class LeastConnections implements LoadBalancer {
  private final Candidate[] candidates;
  private final Randomness randomness;

  LeastConnections(List<Candidate> candidates, Randomness randomness) {
    this.candidates = candidates.toArray(Candidate[]::new);
    this.randomness = randomness;
  }

  @Override
  public int pick(long key) {
    return least(-1);
  }

  @Override
  public int pickOther(long key, int not) {
    return least(not);
  }

  private int least(int not) {
    RandomGenerator random = randomness.generator();
    int best = not == 0 ? 1 : 0;
    long load = 0;
    long weight = 0;
    int equals = 0;
    for (int i = 0; i < candidates.length; i++) {
      if (i == not) continue;
      long ownLoad = candidates[i].load().inflight() + 1L;
      long ownWeight = candidates[i].weight();
      long difference = equals == 0 ? -1 : ownLoad * weight - load * ownWeight;
      if (difference < 0) {
        best = i;
        load = ownLoad;
        weight = ownWeight;
        equals = 1;
      } else if (difference == 0 && random.nextInt(++equals) == 0) {
        best = i;
      }
    }
    return best;
  }
}
