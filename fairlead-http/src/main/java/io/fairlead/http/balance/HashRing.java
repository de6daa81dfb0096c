package io.fairlead.http.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016). Every candidate has
 * {@value #POINTS} points on a ring for a weight of {@value #WEIGHT_ONE}; a key belongs to the next
 * point. Whoever works on more than {@value #BOUND} times its share of all requests is passed over.
 * When one leaves, only its own keys move. Thread-safe.
 */
final class HashRing implements LoadBalancer {
  static final int POINTS = 160;
  static final int WEIGHT_ONE = 100;
  static final double BOUND = 1.25;

  private final Candidate[] candidates;
  private final long[] points;
  private final int[] owners;
  private final double weights;

  HashRing(List<Candidate> candidates) {
    this.candidates = candidates.toArray(Candidate[]::new);
    int total = 0;
    double sum = 0;
    for (Candidate candidate : this.candidates) {
      total += points(candidate);
      sum += candidate.weight();
    }
    this.weights = sum;
    record Point(long at, int owner) {}
    Point[] ring = new Point[total];
    int next = 0;
    for (int i = 0; i < this.candidates.length; i++) {
      Candidate candidate = this.candidates[i];
      for (int k = 0; k < points(candidate); k++) {
        ring[next++] = new Point(KeyHash.of(candidate.id(), k + 1L), i);
      }
    }
    Arrays.sort(ring, (a, b) -> Long.compareUnsigned(a.at(), b.at()));
    this.points = new long[total];
    this.owners = new int[total];
    for (int i = 0; i < total; i++) {
      points[i] = ring[i].at();
      owners[i] = ring[i].owner();
    }
  }

  private static int points(Candidate candidate) {
    return Math.max(1, (int) ((long) POINTS * candidate.weight() / WEIGHT_ONE));
  }

  @Override
  public int pick(long key) {
    return find(key, -1);
  }

  @Override
  public int pickOther(long key, int not) {
    return find(key, not);
  }

  private int find(long key, int not) {
    int start = next(key);
    long all = 1;
    for (Candidate candidate : candidates) all += candidate.load().inflight();
    double perWeight = BOUND * all / weights;
    for (int step = 0; step < owners.length; step++) {
      int at = start + step;
      int owner = owners[at < owners.length ? at : at - owners.length];
      if (owner == not) continue;
      Candidate candidate = candidates[owner];
      double most = Math.ceil(perWeight * candidate.weight());
      if (candidate.load().inflight() + 1 <= most) return owner;
    }
    // Only when everybody but the excluded one is at its bound.
    for (int step = 0; ; step++) {
      int owner = owners[(start + step) % owners.length];
      if (owner != not) return owner;
    }
  }

  /** Index of the first point at or after the key. */
  private int next(long key) {
    int low = 0;
    int high = points.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(points[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low == points.length ? 0 : low;
  }
}
