package io.fairlead.http.balance;

/**
 * One member as balancers see it.
 *
 * @param id tells it from the others and stays the same for its life; hashing places it by this
 * @param weight its share relative to the others, at least 1
 * @param load what is known about it at this moment
 */
public record Candidate(String id, int weight, Load load) {
  public Candidate {
    if (weight < 1) throw new IllegalArgumentException("weight: " + weight + " (expected: >= 1)");
  }
}
