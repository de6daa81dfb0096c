package io.fairlead.http.balance;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Smooth weighted round robin: in any window of one cycle every index occurs in proportion to its
 * weight, and its turns are spread over the cycle instead of bunched. The cycle is computed once;
 * choosing is one atomic increment. Thread-safe.
 *
 * <p>Rule of the cycle: each step adds every weight to its index's credit, takes the index with
 * most credit (the lowest on a tie) and charges it the sum of all weights.
 */
public final class RoundRobin implements LoadBalancer {
  /** Longest cycle; weights with a longer one are scaled down, each to at least 1. */
  static final int CYCLE_MAX = 8192;

  private final int[] cycle;
  private final AtomicInteger cursor;

  /**
   * @param weights at least one, each positive
   * @param start where in the cycle to begin, e.g. the {@link #position} of a predecessor
   */
  public RoundRobin(int[] weights, int start) {
    this.cycle = cycle(scaled(weights));
    this.cursor = new AtomicInteger(start);
  }

  /** Index of the next turn. */
  public int next() {
    return cycle[Math.floorMod(cursor.getAndIncrement(), cycle.length)];
  }

  @Override
  public int pick(long key) {
    return next();
  }

  @Override
  public int pickOther(long key, int not) {
    // A heavy index may have several turns in a row, but never the whole cycle.
    for (int i = 0; i < cycle.length; i++) {
      int index = next();
      if (index != not) return index;
    }
    return not == 0 ? 1 : 0;
  }

  /** How many turns were taken, as a starting point for a successor. */
  public int position() {
    return cursor.get();
  }

  private static int[] scaled(int[] weights) {
    int divisor = 0;
    long sum = 0;
    for (int weight : weights) {
      if (weight < 1) throw new IllegalArgumentException("weight: " + weight + " (expected: >= 1)");
      divisor = gcd(weight, divisor);
      sum += weight;
    }
    if (weights.length == 0) throw new IllegalArgumentException("weights: none");
    int[] result = new int[weights.length];
    long cycleLength = sum / divisor;
    for (int i = 0; i < weights.length; i++) {
      long reduced = weights[i] / divisor;
      if (cycleLength > CYCLE_MAX) reduced = Math.max(1, reduced * CYCLE_MAX / cycleLength);
      result[i] = (int) reduced;
    }
    return result;
  }

  private static int[] cycle(int[] weights) {
    int sum = Arrays.stream(weights).sum();
    int[] cycle = new int[sum];
    long[] credit = new long[weights.length];
    for (int turn = 0; turn < sum; turn++) {
      int best = 0;
      for (int i = 0; i < weights.length; i++) {
        credit[i] += weights[i];
        if (credit[i] > credit[best]) best = i;
      }
      credit[best] -= sum;
      cycle[turn] = best;
    }
    return cycle;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
