package io.fairlead.registry.reconcile;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One line for one entry that left, however many targets lost it. A line waits until every target
 * that follows the same source has looked at the same list, at most a second; then it names all
 * that lost the entry. What they cut is the most that any of them found: they look at the same live
 * work. At most {@value #WAITING_MAX} lines wait, further ones are told at once, each by its
 * target. Thread-safe.
 */
final class JointLines {
  static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int WAITING_MAX = 20_000;

  /** What happened to which entry: the same for every target that hears of it. */
  private record Event(EntryId entry, Change.Reason reason, String where) {
    static Event of(EntryId entry, Change change, Plan plan) {
      String where =
          change
              .origin()
              .map(origin -> origin.blockHash() + " " + origin.logIndex())
              .orElse(plan.position());
      return new Event(entry, change.reason(), where);
    }
  }

  private record Waiting(
      Map<String, Object> line, Set<String> targets, String position, long endNanos) {}

  private final Clock clock;
  private final Consumer<List<Map<String, Object>>> out;
  // All guarded by this.
  private final Map<Event, Waiting> waiting = new LinkedHashMap<>();
  private final Map<String, Set<String>> sources = new HashMap<>(); // by target
  private final Map<String, String> looked = new HashMap<>(); // position, by target

  /**
   * @param out takes lines that are complete, on the thread that made them so
   */
  JointLines(Clock clock, Consumer<List<Map<String, Object>>> out) {
    this.clock = clock;
    this.out = out;
  }

  /** Who follows what from now on. */
  synchronized void follow(Map<String, Set<String>> sourcesByTarget) {
    sources.clear();
    sources.putAll(sourcesByTarget);
    looked.keySet().retainAll(sourcesByTarget.keySet());
  }

  /**
   * Tells what left a target.
   *
   * @param lines by the change each tells
   * @return those that wait for nobody
   */
  List<Map<String, Object>> tell(Plan plan, Map<Change, Map<String, Object>> lines) {
    List<Map<String, Object>> ready = new ArrayList<>();
    boolean some = false;
    synchronized (this) {
      for (Map.Entry<Change, Map<String, Object>> each : lines.entrySet()) {
        EntryId entry = each.getKey().entry().orElse(null);
        if (entry == null) {
          ready.add(each.getValue());
          continue;
        }
        Event event = Event.of(entry, each.getKey(), plan);
        Waiting known = waiting.get(event);
        if (known != null) {
          join(known.line(), each.getValue());
          known.targets().remove(plan.target());
          if (known.targets().isEmpty()) ready.add(taken(event, known));
          continue;
        }
        Set<String> others = others(plan, entry);
        if (others.isEmpty() || waiting.size() >= WAITING_MAX) {
          ready.add(each.getValue());
          continue;
        }
        long end = clock.nanos() + PATIENCE.toNanos();
        waiting.put(event, new Waiting(each.getValue(), others, plan.position(), end));
        some = true;
      }
    }
    if (some) Thread.ofVirtual().name("registry-lines").start(this::lose);
    return ready;
  }

  private Map<String, Object> taken(Event event, Waiting each) {
    waiting.remove(event);
    return each.line();
  }

  /** Targets that have not looked at this list yet, and may lose the same entry by it. */
  private Set<String> others(Plan plan, EntryId entry) {
    Set<String> others = new LinkedHashSet<>();
    sources.forEach(
        (target, followed) -> {
          boolean same = followed.contains(entry.source()) && !target.equals(plan.target());
          if (same && !plan.position().equals(looked.get(target))) others.add(target);
        });
    return others;
  }

  /** A target has done what it does about a list. */
  void looked(String target, String position) {
    List<Map<String, Object>> ready = new ArrayList<>();
    synchronized (this) {
      looked.put(target, position);
      for (Iterator<Waiting> all = waiting.values().iterator(); all.hasNext(); ) {
        Waiting each = all.next();
        if (!each.position().equals(position) || !each.targets().remove(target)) continue;
        if (!each.targets().isEmpty()) continue;
        all.remove();
        ready.add(each.line());
      }
    }
    if (!ready.isEmpty()) out.accept(ready);
  }

  private void lose() {
    try {
      Pause.system().sleep(PATIENCE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    take(false);
  }

  /** Tells everything that waits. */
  void flush() {
    take(true);
  }

  private void take(boolean all) {
    List<Map<String, Object>> ready = new ArrayList<>();
    synchronized (this) {
      long now = clock.nanos();
      for (Iterator<Waiting> each = waiting.values().iterator(); each.hasNext(); ) {
        Waiting next = each.next();
        if (!all && now - next.endNanos() < 0) continue;
        each.remove();
        ready.add(next.line());
      }
    }
    if (!ready.isEmpty()) out.accept(ready);
  }

  /** Puts another target's line into one. */
  static void join(Map<String, Object> line, Map<String, Object> other) {
    for (String name : List.of("target", "policy", "plan_id", "result")) {
      Set<String> words = new LinkedHashSet<>();
      words.addAll(List.of(String.valueOf(line.get(name)).split("\\+", -1)));
      words.addAll(List.of(String.valueOf(other.get(name)).split("\\+", -1)));
      line.put(name, String.join("+", words));
    }
    // A member's line names its key; an address says more.
    Object address = other.getOrDefault("endpoint", "");
    if (!isAddress(line.getOrDefault("endpoint", "")) && isAddress(address)) {
      line.put("endpoint", address);
    }
    Map<String, Object> cut = new LinkedHashMap<>();
    for (Map<String, Object> each : List.of(line, other)) {
      if (!(each.get("cut") instanceof Map<?, ?> counts)) continue;
      counts.forEach(
          (kind, count) -> {
            int most = cut.get(String.valueOf(kind)) instanceof Integer known ? known : 0;
            cut.put(String.valueOf(kind), Math.max(most, (Integer) count));
          });
    }
    line.put("cut", cut);
  }

  private static boolean isAddress(Object endpoint) {
    return endpoint.toString().indexOf(':') >= 0;
  }
}
