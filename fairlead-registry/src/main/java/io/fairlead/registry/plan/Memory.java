package io.fairlead.registry.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a target remembers of the past: what left when, what comes and goes too often, how many
 * plans ran. Owned by the target's reconciler; at most {@value #KEYS_MAX} keys, the oldest
 * forgotten.
 */
public final class Memory {
  static final int KEYS_MAX = 20_000;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int CHANGES_MAX = 32;
  private static final int PLANS_MAX = 10_000;

  private final Map<String, Instant> left = new LinkedHashMap<>();
  private final Map<String, ArrayDeque<Instant>> turns = new LinkedHashMap<>();
  private final Map<String, Instant> outSince = new HashMap<>();
  private final ArrayDeque<Instant> plans = new ArrayDeque<>();
  private Set<String> listed = Set.of();
  private boolean looked;

  /** Notes what the lists want now; called once a cycle, before planning. */
  public void observe(Desired desired, List<Item> inForce, RailsConfig rails, Instant now) {
    Set<String> keys = new HashSet<>();
    desired.items().forEach(item -> keys.addAll(item.keys()));
    if (looked) {
      for (String key : keys) if (!listed.contains(key)) turned(key, now);
      for (String key : listed) if (!keys.contains(key)) turned(key, now);
    }
    looked = true;
    listed = keys;
    turns.values().removeIf(times -> quiet(times, rails.flapWindow(), now));
    outSince.keySet().removeIf(key -> among(keys, key, desired.aliases()));
    Set<String> present = new HashSet<>();
    inForce.forEach(item -> present.addAll(item.keys()));
    outSince.keySet().retainAll(present);
    for (String key : present) {
      if (!among(keys, key, desired.aliases())) outSince.putIfAbsent(key, now);
    }
  }

  private static boolean among(Set<String> keys, String key, Aliases aliases) {
    return keys.contains(key) || aliases.of(key).stream().anyMatch(keys::contains);
  }

  private void turned(String key, Instant now) {
    ArrayDeque<Instant> times = turns.computeIfAbsent(key, _ -> new ArrayDeque<>());
    times.add(now);
    if (times.size() > CHANGES_MAX) times.remove();
    forgetOldest(turns);
  }

  private static boolean quiet(ArrayDeque<Instant> times, Duration window, Instant now) {
    return times.isEmpty() || !now.isBefore(times.getLast().plus(window));
  }

  /** Notes that a plan was applied. */
  public void applied(Plan plan, Instant now) {
    plans.add(now);
    if (plans.size() > PLANS_MAX) plans.remove();
    for (Change change : plan.changes()) {
      for (String key : change.keys()) {
        if (change.removes()) {
          left.remove(key);
          left.put(key, now);
        } else if (change.adds()) {
          left.remove(key);
        }
      }
    }
    forgetOldest(left);
  }

  private static void forgetOldest(Map<String, ?> map) {
    while (map.size() > KEYS_MAX) map.remove(map.keySet().iterator().next());
  }

  /** Until when a key must stay out; empty when it may come. */
  Optional<Instant> barredUntil(String key, RailsConfig rails, Instant now) {
    Optional<Instant> until = Optional.empty();
    Instant when = left.get(key);
    if (when != null && now.isBefore(when.plus(rails.holdDown()))) {
      until = Optional.of(when.plus(rails.holdDown()));
    }
    ArrayDeque<Instant> times = turns.get(key);
    if (times != null && flaps(times, rails)) {
      Instant quiet = times.getLast().plus(rails.flapWindow());
      if (now.isBefore(quiet) && (until.isEmpty() || until.get().isBefore(quiet))) {
        until = Optional.of(quiet);
      }
    }
    return until;
  }

  private static boolean flaps(ArrayDeque<Instant> times, RailsConfig rails) {
    Instant since = times.getLast().minus(rails.flapWindow());
    return times.stream().filter(time -> time.isAfter(since)).count() >= rails.flapChanges();
  }

  /** Keys that stay out because they come and go. */
  public List<String> flapping(RailsConfig rails) {
    List<String> keys = new ArrayList<>();
    turns.forEach(
        (key, times) -> {
          if (flaps(times, rails)) keys.add(key);
        });
    return keys;
  }

  boolean leftBefore(String key) {
    return left.containsKey(key);
  }

  /** Since when a key that is in force is not wanted. */
  Instant outSince(String key, Instant now) {
    return outSince.getOrDefault(key, now);
  }

  /** Plans applied within the last hour. */
  long plansWithinAnHour(Instant now) {
    while (!plans.isEmpty() && !now.isBefore(plans.getFirst().plus(HOUR))) plans.remove();
    return plans.size();
  }

  /** What left and when, oldest first; survives a restart. */
  public Map<String, Instant> left() {
    return Map.copyOf(left);
  }

  /** Takes over what a former process knew. */
  public void recall(Map<String, Instant> former) {
    former.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(each -> left.putIfAbsent(each.getKey(), each.getValue()));
    forgetOldest(left);
  }
}
