package io.fairlead.registry.reconcile;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Memory;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.PlanJournal.Step;
import io.fairlead.registry.reconcile.PlanJournal.Unfinished;
import io.fairlead.registry.reconcile.StateFile.LastGood;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Applied;
import io.fairlead.registry.target.Reloaded;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.TargetException;
import io.fairlead.registry.target.Verified;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes one plan through its journalled steps. Owned by the reconciler's thread. */
final class Execution {
  static final Duration RETRY = Duration.ofMinutes(1);

  /** How a plan ended. */
  sealed interface Outcome {
    /** In force and verified. */
    record Done(List<Item> items) implements Outcome {}

    /** It did not work, and the list before is back. */
    record RolledBack(Plan plan, List<Item> items, String why) implements Outcome {}

    /** Written, but the process could not be told. */
    record Pending(String why, Instant retryAt) implements Outcome {}

    /** Written; the process is told then, not everywhere at the same moment. */
    record Splayed(Instant at) implements Outcome {}
  }

  private final TargetRules rules;
  private final Target target;
  private final StateFile state;
  private final PlanJournal journal;
  private final Chronicle chronicle;
  private final Memory memory;
  private final Clock clock;
  private final Randomness randomness;
  private @Nullable Unfinished unfinished;
  private @Nullable Instant retryAt;
  private @Nullable Instant tellAt; // while a plan that is written waits for its moment
  private final Set<String> goneUntold = new HashSet<>(); // by plans another one was laid over
  private boolean journalled; // the plan under way stands in the journal
  private @Nullable IOException unkept;

  Execution(
      TargetRules rules,
      Target target,
      StateFile state,
      PlanJournal journal,
      Chronicle chronicle,
      Memory memory,
      Clock clock,
      Randomness randomness) { // eight: what every step needs
    this.rules = rules;
    this.target = target;
    this.state = state;
    this.journal = journal;
    this.chronicle = chronicle;
    this.memory = memory;
    this.clock = clock;
    this.randomness = randomness;
  }

  /** What a former process left; from now on it is pending. */
  Optional<Unfinished> recall() throws IOException {
    unfinished = journal.read().orElse(null);
    journalled = unfinished != null;
    return Optional.ofNullable(unfinished);
  }

  boolean pending() {
    return unfinished != null;
  }

  /** What could not be written of what was done since this was asked last. */
  Optional<IOException> unkept() {
    Optional<IOException> failure = Optional.ofNullable(unkept);
    unkept = null;
    return failure;
  }

  void forget() throws IOException {
    unfinished = null;
    goneUntold.clear();
    journalled = false;
    write(journal::end);
  }

  /** Something to be written. */
  private interface Writing {
    void run() throws IOException;
  }

  /**
   * What is in force in this process goes with it, so that it is done whether or not it can be
   * written down: nobody keeps a right because a disk is full. Foreign processes and their files
   * are only touched when it can.
   */
  private boolean write(Writing what) throws IOException {
    try {
      what.run();
      return true;
    } catch (IOException failure) {
      if (target.outlivesTheProcess()) throw failure;
      unkept = failure;
      return false;
    }
  }

  private void begin(Plan plan) throws IOException {
    journalled = write(() -> journal.begin(plan));
  }

  /** Puts a remembered list in force without ado: nothing is journalled, nothing told. */
  void adopt(List<Item> list, Actual actual, String position)
      throws TargetException, InterruptedException {
    if (Item.digest(list).equals(actual.digest())) return;
    Plan plan =
        new Plan(
            target.name(),
            rules.policy(),
            String.join("+", rules.sources()),
            position,
            Optional.empty(),
            actual.digest(),
            List.of(),
            list,
            List.of());
    target.apply(plan);
    target.reload(plan);
  }

  /** Applies a plan. */
  Outcome run(Plan plan, Consumer<TargetState> entering)
      throws TargetException, IOException, InterruptedException {
    entering.accept(TargetState.APPLYING);
    begin(plan);
    Unfinished former = unfinished;
    unfinished = new Unfinished(plan, Step.PLANNED);
    Applied applied;
    try {
      applied = target.apply(plan);
    } catch (TargetException failure) {
      unfinished = former; // nothing was written; what waited before still waits
      if (former == null) write(journal::end);
      else begin(former.plan());
      throw failure;
    }
    done(Step.WRITTEN, plan);
    memory.applied(plan, clock.wall());
    if (former != null) goneUntold.addAll(former.plan().removedKeys());
    for (Item item : plan.result()) goneUntold.removeAll(item.keys());
    Optional<Instant> later = splay(plan);
    if (later.isPresent()) return new Outcome.Splayed(later.get());
    entering.accept(TargetState.VERIFYING);
    return finish(plan, Step.WRITTEN, applied.cut());
  }

  /** A plan that joins one that waits waits no longer than that one; a revocation never waits. */
  private Optional<Instant> splay(Plan plan) {
    Duration most = rules.splay();
    if (plan.hasExplicit() || !most.isPositive() || !target.outlivesTheProcess()) {
      tellAt = null;
      return Optional.empty();
    }
    if (tellAt == null) {
      double share = randomness.generator().nextDouble();
      tellAt = clock.wall().plusNanos((long) (most.toNanos() * share));
    }
    return splayedUntil();
  }

  /** The list is right and the process says that it uses another one: it is told again. */
  Outcome remind(Plan plan, Actual actual, String why)
      throws TargetException, IOException, InterruptedException {
    Plan same = plan.towards(actual.items(), actual.digest(), List.of());
    begin(same);
    done(Step.WRITTEN, same);
    chronicle.decided("reload", same, "gateway", why, "again");
    return finish(same, Step.WRITTEN, Map.of());
  }

  /** When the process is told of a plan that is written; empty when none waits for that. */
  Optional<Instant> splayedUntil() {
    Instant at = tellAt;
    return at == null || unfinished == null || !clock.wall().isBefore(at)
        ? Optional.empty()
        : Optional.of(at);
  }

  /** Whether a plan waited for its moment, and the moment is over. */
  boolean tellNow() {
    return tellAt != null && unfinished != null && splayedUntil().isEmpty();
  }

  /**
   * Goes on with what is unfinished.
   *
   * @param actual tells whether the plan was written before the crash
   */
  Outcome resume(Actual actual) throws TargetException, IOException, InterruptedException {
    Unfinished waiting = unfinished;
    if (waiting == null) return new Outcome.Done(actual.items());
    Optional<Instant> later = splayedUntil();
    if (later.isPresent()) return new Outcome.Splayed(later.get());
    Instant next = retryAt;
    if (next != null && clock.wall().isBefore(next)) {
      return new Outcome.Pending("the next try is due", next);
    }
    Plan plan = waiting.plan();
    Step step = waiting.step();
    boolean written = actual.digest().equals(plan.afterDigest());
    if (!written) {
      // Somebody wrote another list. It may be the right one, but nobody told the process.
      boolean untouched = actual.digest().equals(plan.beforeDigest()) && step == Step.PLANNED;
      if (untouched) {
        forget();
        return new Outcome.Done(actual.items());
      }
      plan = plan.towards(actual.items(), plan.beforeDigest(), plan.changes());
      step = Step.WRITTEN;
    }
    return finish(plan, step == Step.PLANNED ? Step.WRITTEN : step, Map.of());
  }

  private Outcome finish(Plan plan, Step from, Map<String, Map<String, Integer>> cut)
      throws TargetException, IOException, InterruptedException {
    Step step = from;
    tellAt = null;
    if (step == Step.WRITTEN) {
      Reloaded reloaded = target.reload(plan);
      chronicle.meters().reloads(target.kind(), word(reloaded)).increment();
      switch (reloaded) {
        case Reloaded.Done _ -> done(Step.RELOADED, plan);
        case Reloaded.Refused(String why) -> {
          return rollback(plan, "refused: " + why, cut);
        }
        case Reloaded.Failed(String why) -> {
          unfinished = new Unfinished(plan, Step.WRITTEN);
          retryAt = clock.wall().plus(RETRY);
          chronicle.decided("reload", plan, "gateway", why, "failed");
          return new Outcome.Pending(why, retryAt);
        }
      }
      step = Step.RELOADED;
    }
    if (step == Step.RELOADED) {
      if (target.verify(plan) instanceof Verified.Bad(String why)) {
        return rollback(plan, "not verified: " + why, cut);
      }
      done(Step.VERIFIED, plan);
    }
    complete(plan, "ok", cut);
    return new Outcome.Done(plan.result());
  }

  private void complete(Plan plan, String result, Map<String, Map<String, Integer>> cut)
      throws IOException {
    retryAt = null;
    target.settled(plan.result());
    keep(plan.result(), plan.source(), plan.position());
    forget();
    chronicle.applied(plan, cut, result);
  }

  /** The last good list, without what was revoked or removed since. */
  private Outcome rollback(Plan plan, String why, Map<String, Map<String, Integer>> cut)
      throws TargetException, IOException, InterruptedException {
    Set<String> gone = new HashSet<>(plan.removedKeys());
    gone.addAll(goneUntold);
    List<Item> good = new ArrayList<>();
    Actual actual = target.actual();
    // Before anything was ever good, the list the plan leaves is all there is to go back to.
    List<Item> last =
        state.target(target.name()).map(LastGood::items).orElseGet(() -> without(plan, actual));
    for (Item item : last) {
      if (item.keys().stream().noneMatch(gone::contains)) good.add(item);
    }
    Set<String> goodKeys = new HashSet<>();
    good.forEach(item -> goodKeys.addAll(item.keys()));
    List<Change> removals = plan.changes().stream().filter(Change::removes).toList();
    chronicle.applied(
        plan.towards(plan.result(), plan.beforeDigest(), removals), cut, "rolled_back");
    Plan back = plan.towards(good, actual.digest(), removals);
    // Until the list before is written the journal keeps the plan that failed: a crash here finds
    // it unverified and comes back to this place.
    if (!back.afterDigest().equals(actual.digest())) target.apply(back);
    begin(back);
    done(Step.WRITTEN, back);
    Reloaded reloaded = target.reload(back);
    chronicle.meters().reloads(target.kind(), word(reloaded)).increment();
    Verified verified =
        reloaded instanceof Reloaded.Done ? target.verify(back) : new Verified.Bad(word(reloaded));
    String result = verified instanceof Verified.Good ? "rolled_back" : "rollback_failed";
    chronicle.decided("rollback", plan, "gateway", why, result);
    if (verified instanceof Verified.Bad(String again)) {
      retryAt = clock.wall().plus(RETRY);
      return new Outcome.Pending(why + "; the list before does not work either: " + again, retryAt);
    }
    done(Step.VERIFIED, back);
    retryAt = null;
    target.settled(good);
    keep(good, plan.source(), plan.position());
    forget();
    return new Outcome.RolledBack(plan, good, why);
  }

  /** What a plan brought is taken away again. */
  private static List<Item> without(Plan plan, Actual actual) {
    Set<String> came = new HashSet<>();
    for (Change change : plan.changes()) {
      if (change.adds()) came.addAll(change.keys());
    }
    return actual.items().stream()
        .filter(item -> item.keys().stream().noneMatch(came::contains))
        .toList();
  }

  private static String word(Reloaded reloaded) {
    return switch (reloaded) {
      case Reloaded.Done _ -> "ok";
      case Reloaded.Refused _ -> "refused";
      case Reloaded.Failed _ -> "failed";
    };
  }

  private void done(Step step, Plan plan) throws IOException {
    if (journalled) write(() -> journal.step(step));
    unfinished = new Unfinished(plan, step);
  }

  /** Nothing is to change: remembers the list, once. */
  void settled(Actual actual, String source, String position) throws IOException {
    Optional<LastGood> known = state.target(target.name());
    // Mostly the very list that was kept.
    boolean same =
        known.isPresent()
            && (known.get().items() == actual.items()
                || Item.digest(known.get().items()).equals(actual.digest()));
    if (same) write(state::flush);
    else keep(actual.items(), source, position);
  }

  private void keep(List<Item> items, String source, String position) throws IOException {
    LastGood good = new LastGood(source, position, clock.wall(), items, memory.left());
    write(() -> state.keep(target.name(), good));
  }
}
