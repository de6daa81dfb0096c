package io.fairlead.http.balance;

import java.util.List;

/**
 * By a key: whoever draws the highest number for it, in proportion to the weights (highest random
 * weight, Thaler and Ravishankar 1996). Asks every candidate and keeps no table; a member that
 * leaves moves only its own keys. Thread-safe.
 */
public final class Rendezvous implements LoadBalancer {
  private final long[] places;
  private final int[] weights;

  /**
   * @param candidates at least one
   */
  public Rendezvous(List<Candidate> candidates) {
    if (candidates.isEmpty()) throw new IllegalArgumentException("candidates: none");
    places = candidates.stream().mapToLong(candidate -> KeyHash.of(candidate.id())).toArray();
    weights = candidates.stream().mapToInt(Candidate::weight).toArray();
  }

  @Override
  public int pick(long key) {
    return highest(key, -1);
  }

  @Override
  public int pickOther(long key, int not) {
    return highest(key, not);
  }

  private int highest(long key, int not) {
    int best = not == 0 ? 1 : 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < places.length; i++) {
      if (i == not) continue;
      double draw = draw(key, i);
      if (draw > highest) {
        best = i;
        highest = draw;
      }
    }
    return best;
  }

  /** Exponentially distributed with the weight as its rate, negated. */
  private double draw(long key, int i) {
    long mixed = KeyHash.mix(key ^ places[i]);
    double uniform = ((mixed >>> 11) + 0.5) * 0x1.0p-53; // within (0, 1)
    return Math.log(uniform) / weights[i];
  }
}
