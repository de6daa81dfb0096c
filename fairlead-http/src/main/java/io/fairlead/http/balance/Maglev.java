package io.fairlead.http.balance;

import java.util.Arrays;
import java.util.List;

/**
 * A lookup table filled by each candidate's own permutation (Eisenbud et al. 2016, "Maglev: A Fast
 * and Reliable Software Network Load Balancer", §3.4). A key costs one table read; when one
 * candidate leaves, few keys of the others move. Immutable.
 */
final class Maglev implements LoadBalancer {
  /** Prime, and a hundred times the number of candidates for an even table. */
  static final int SIZE = 65_537;

  private static final int FREE = -1;

  private final int[] table;

  /**
   * @param size prime
   */
  Maglev(List<Candidate> candidates, int size) {
    int count = candidates.size();
    long[] position = new long[count];
    long[] skip = new long[count];
    double[] credit = new double[count];
    int heaviest = 1;
    for (int i = 0; i < count; i++) {
      Candidate candidate = candidates.get(i);
      position[i] = Long.remainderUnsigned(KeyHash.of(candidate.id(), 1), size);
      skip[i] = Long.remainderUnsigned(KeyHash.of(candidate.id(), 2), size - 1) + 1;
      heaviest = Math.max(heaviest, candidate.weight());
    }
    int[] filled = new int[size];
    Arrays.fill(filled, FREE);
    int left = size;
    while (left > 0) {
      for (int i = 0; i < count && left > 0; i++) {
        // A lighter candidate sits out rounds in proportion.
        credit[i] += candidates.get(i).weight();
        if (credit[i] < heaviest) continue;
        credit[i] -= heaviest;
        long at = position[i];
        while (filled[(int) at] != FREE) at = (at + skip[i]) % size;
        filled[(int) at] = i;
        position[i] = (at + skip[i]) % size;
        left--;
      }
    }
    this.table = filled;
  }

  @Override
  public int pick(long key) {
    return table[(int) Long.remainderUnsigned(key, table.length)];
  }

  @Override
  public int pickOther(long key, int not) {
    int at = (int) Long.remainderUnsigned(key, table.length);
    for (int step = 1; step <= table.length; step++) {
      int other = table[(at + step) % table.length];
      if (other != not) return other;
    }
    return not;
  }
}
