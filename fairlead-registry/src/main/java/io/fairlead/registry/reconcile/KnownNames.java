package io.fairlead.registry.reconcile;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.plan.Aliases;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Keys;
import io.fairlead.registry.target.Actual;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the names of one target's lines lead, remembered for the answers' time to live, but at
 * least 5 s and at most 5 min. A name without a new answer leads where it led before. At most
 * {@value #NAMES_MAX} names are looked up; the rest equal only themselves.
 *
 * <p>Owned by the target's reconciler.
 */
public final class KnownNames {
  static final int NAMES_MAX = 1_000;
  static final Duration SHORTEST = Duration.ofSeconds(5);
  static final Duration LONGEST = Duration.ofMinutes(5);

  private static final Logger log = LoggerFactory.getLogger(KnownNames.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private record Known(List<InetAddress> addresses, long untilNanos) {}

  private final NameLookup lookup;
  private final Clock clock;
  private final Map<String, Known> known = new HashMap<>();

  public KnownNames(NameLookup lookup, Clock clock) {
    this.lookup = lookup;
    this.clock = clock;
  }

  /** Where the names of these lines lead now; waits up to 2 s for those that are to be asked. */
  public Aliases of(Actual actual) throws InterruptedException {
    Map<String, Set<String>> keysByName = new LinkedHashMap<>();
    collect(actual.items(), keysByName);
    collect(actual.local(), keysByName);
    known.keySet().retainAll(keysByName.keySet());
    ask(keysByName.keySet());
    Map<String, List<String>> aliases = new HashMap<>();
    keysByName.forEach(
        (name, keys) -> {
          Known answer = known.get(name);
          if (answer == null) return;
          for (String key : keys) {
            aliases.put(
                key, answer.addresses().stream().map(each -> Keys.leading(key, each)).toList());
          }
        });
    return new Aliases(aliases);
  }

  private static void collect(List<Item> items, Map<String, Set<String>> keysByName) {
    for (Item item : items) {
      for (String key : item.keys()) {
        Optional<String> name = Keys.name(key);
        if (name.isEmpty()) continue;
        if (keysByName.size() >= NAMES_MAX && !keysByName.containsKey(name.get())) continue;
        keysByName.computeIfAbsent(name.get(), _ -> new TreeSet<>()).add(key);
      }
    }
  }

  private void ask(Set<String> names) throws InterruptedException {
    long now = clock.nanos();
    Map<String, CompletableFuture<NameLookup.Answer>> asked = new LinkedHashMap<>();
    for (String name : names) {
      Known before = known.get(name);
      if (before != null && now - before.untilNanos() < 0) continue;
      asked.put(name, lookup.ask(name).toCompletableFuture());
    }
    if (asked.isEmpty()) return;
    try {
      CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException some) {
      log.atTrace().log("not every name was answered");
    }
    asked.forEach((name, answer) -> note(name, answer, now));
  }

  private void note(String name, CompletableFuture<NameLookup.Answer> asked, long now) {
    @Nullable Known before = known.get(name);
    boolean answered = asked.state() == java.util.concurrent.Future.State.SUCCESS;
    if (answered && !asked.resultNow().addresses().isEmpty()) {
      Duration holds = asked.resultNow().timeToLive();
      if (holds.compareTo(SHORTEST) < 0) holds = SHORTEST;
      if (holds.compareTo(LONGEST) > 0) holds = LONGEST;
      known.put(name, new Known(asked.resultNow().addresses(), now + holds.toNanos()));
      return;
    }
    log.atDebug().addKeyValue("name", name).log("name without an answer");
    List<InetAddress> last = before == null ? List.of() : before.addresses();
    known.put(name, new Known(last, now + SHORTEST.toNanos()));
  }
}
