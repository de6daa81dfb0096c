package io.fairlead.registry.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What people and experience say of plans: approved for an hour, silenced, or not to be tried again
 * before some time. At most {@value #MAX} of each, the oldest forgotten. Thread-safe.
 */
final class Approvals {
  static final Duration APPROVED_FOR = Duration.ofHours(1);
  static final Duration FIRST_RETRY = Duration.ofSeconds(30);
  static final Duration LAST_RETRY = Duration.ofMinutes(10);
  private static final int MAX = 256;

  private record Failure(int times, Instant until) {}

  // All guarded by this.
  private final Map<String, Instant> approved = new LinkedHashMap<>();
  private final Set<String> silenced = new HashSet<>();
  private final Map<String, Failure> failures = new LinkedHashMap<>();

  synchronized void approve(String planId, Instant now) {
    approved.put(planId, now.plus(APPROVED_FOR));
    silenced.remove(planId);
    if (approved.size() > MAX) approved.remove(approved.keySet().iterator().next());
  }

  synchronized boolean approved(String planId, Instant now) {
    Instant until = approved.get(planId);
    return until != null && now.isBefore(until);
  }

  synchronized void reject(String planId) {
    if (silenced.size() >= MAX) silenced.clear();
    silenced.add(planId);
    approved.remove(planId);
  }

  synchronized boolean silenced(String planId) {
    return silenced.contains(planId);
  }

  /**
   * A list did not work.
   *
   * @return when it may be tried again: 30 s, then twice as long each time, up to 10 min
   */
  synchronized Instant failed(String listDigest, Instant now) {
    Failure before = failures.get(listDigest);
    int times = before == null ? 0 : Math.min(before.times() + 1, 16);
    Duration wait = FIRST_RETRY.multipliedBy(1L << times);
    if (wait.compareTo(LAST_RETRY) > 0) wait = LAST_RETRY;
    Instant until = now.plus(wait);
    failures.put(listDigest, new Failure(times, until));
    if (failures.size() > MAX) failures.remove(failures.keySet().iterator().next());
    return until;
  }

  synchronized Optional<Instant> rejectedUntil(String listDigest, Instant now) {
    Failure failure = failures.get(listDigest);
    return failure == null || !now.isBefore(failure.until())
        ? Optional.empty()
        : Optional.of(failure.until());
  }

  /** All is well again. */
  synchronized void forgetRejections() {
    failures.clear();
  }
}
