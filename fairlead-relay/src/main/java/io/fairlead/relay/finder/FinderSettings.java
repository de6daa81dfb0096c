package io.fairlead.relay.finder;

import java.time.Duration;

/**
 * How relays are found and kept.
 *
 * @param numRelays reservations to hold; 0 for none
 * @param minCandidates collected before the first reservation; never more than the most
 * @param maxCandidates kept at most, and asked for at a time
 * @param bootDelay after this from the start fewer candidates will do
 * @param backoff longest time a peer that failed is left alone
 * @param maxCandidateAge candidates this old are dropped
 * @param minInterval between two questions to the source
 * @param reconnectGrace how long a relay that was lost is tried first and its addresses are said; 0
 *     for not at all
 * @param backoffPolicy how long a peer that failed is left alone
 * @param strategy orders candidates
 * @param rebalance between two looks for a relay that is better than one that is held; 0 for none.
 *     Only a strategy of scores tells which is better.
 */
public record FinderSettings(
    int numRelays,
    int minCandidates,
    int maxCandidates,
    Duration bootDelay,
    Duration backoff,
    Duration maxCandidateAge,
    Duration minInterval,
    Duration reconnectGrace,
    BackoffPolicy backoffPolicy,
    RelaySelection strategy,
    Duration rebalance) {
  /** How long a peer that failed is left alone. */
  public enum BackoffPolicy {
    /** As long as the reason makes sensible. */
    GRADED,
    /** The same after every refusal; not at all when it could not be reached. */
    FIXED
  }

  public static final FinderSettings DEFAULTS =
      new FinderSettings(
          2,
          4,
          20,
          Duration.ofMinutes(3),
          Duration.ofHours(1),
          Duration.ofMinutes(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          BackoffPolicy.GRADED,
          ScoredSelection.DEFAULTS,
          Duration.ZERO);

  public FinderSettings {
    if (numRelays < 0) {
      throw new IllegalArgumentException("relays: " + numRelays + " (expected: >= 0)");
    }
    if (maxCandidates < 1 || minCandidates < 0) {
      throw new IllegalArgumentException(
          "candidates: " + minCandidates + ", " + maxCandidates + " (expected: >= 0, >= 1)");
    }
    minCandidates = Math.min(minCandidates, maxCandidates);
    if (bootDelay.isNegative()
        || backoff.isNegative()
        || minInterval.isNegative()
        || reconnectGrace.isNegative()
        || rebalance.isNegative()
        || !maxCandidateAge.isPositive()) {
      throw new IllegalArgumentException("times: negative (expected: >= 0, candidate age > 0)");
    }
  }

  /** Those for a fixed list of relays: all of them, at once. */
  public FinderSettings forList(int size) {
    int count = Math.max(1, size);
    return new FinderSettings(
        count,
        count,
        count,
        bootDelay,
        backoff,
        maxCandidateAge,
        minInterval,
        reconnectGrace,
        backoffPolicy,
        strategy,
        rebalance);
  }

  /** These with another number of candidates before the first reservation. */
  public FinderSettings withMinCandidates(int count) {
    return new FinderSettings(
        numRelays,
        count,
        maxCandidates,
        bootDelay,
        backoff,
        maxCandidateAge,
        minInterval,
        reconnectGrace,
        backoffPolicy,
        strategy,
        rebalance);
  }

  /** These with another number of relays. */
  public FinderSettings withNumRelays(int count) {
    return new FinderSettings(
        count,
        minCandidates,
        maxCandidates,
        bootDelay,
        backoff,
        maxCandidateAge,
        minInterval,
        reconnectGrace,
        backoffPolicy,
        strategy,
        rebalance);
  }
}
