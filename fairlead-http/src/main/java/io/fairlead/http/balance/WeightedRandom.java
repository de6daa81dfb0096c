package io.fairlead.http.balance;

import io.fairlead.core.random.Randomness;
import java.util.List;

/** By lot, in proportion to the weights. Thread-safe. */
final class WeightedRandom implements LoadBalancer {
  private final long[] upTo;
  private final Randomness randomness;

  WeightedRandom(List<Candidate> candidates, Randomness randomness) {
    this.randomness = randomness;
    this.upTo = new long[candidates.size()];
    long sum = 0;
    for (int i = 0; i < upTo.length; i++) {
      sum += candidates.get(i).weight();
      upTo[i] = sum;
    }
  }

  @Override
  public int pick(long key) {
    return at(randomness.generator().nextLong(upTo[upTo.length - 1]));
  }

  @Override
  public int pickOther(long key, int not) {
    // The lot is drawn over the line with the other's piece cut out.
    long from = not == 0 ? 0 : upTo[not - 1];
    long length = upTo[not] - from;
    long lot = randomness.generator().nextLong(upTo[upTo.length - 1] - length);
    return at(lot < from ? lot : lot + length);
  }

  private int at(long lot) {
    int low = 0;
    int high = upTo.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (upTo[middle] > lot) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
