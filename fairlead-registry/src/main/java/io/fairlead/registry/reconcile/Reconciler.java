package io.fairlead.registry.reconcile;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Desired;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Memory;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.plan.Planner;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.Rails;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.StateFile.LastGood;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.TargetException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one target in step with its lists. {@link #start} once, then {@link #cycle} whenever there
 * may be something to do; both belong to one thread, everything else may be called from any.
 *
 * <p>A cycle compares the whole wanted list with the whole list in force. What it finds it either
 * tells (policy {@code report}), holds (a rail), or applies as one plan in journalled steps:
 *
 * <pre>
 * PLANNED → apply → WRITTEN → reload → RELOADED → verify → VERIFIED → last good kept, journal gone
 * </pre>
 *
 * After a crash the journal says which step comes next. A plan that does not work is undone: the
 * last good list comes back, without what was revoked or removed since.
 */
public final class Reconciler {
  private final TargetRules rules;
  private final Target target;
  private final Lists.Supply supply;
  private final StateFile state;
  private final Chronicle chronicle;
  private final Clock clock;
  private final Execution execution;
  private final Approvals approvals = new Approvals();
  private final Memory memory = new Memory();
  private volatile TargetStatus status;
  private volatile long drift;
  private Optional<Instant> due = Optional.empty();
  private Optional<String> looked = Optional.empty(); // position of the lists of this cycle

  /**
   * @param journal of this target alone
   */
  public Reconciler(
      TargetRules rules,
      Target target,
      Lists.Supply supply,
      StateFile state,
      PlanJournal journal,
      Chronicle chronicle,
      Clock clock,
      Randomness randomness) { // eight: what it keeps in step, with what, and whom it tells
    this.rules = rules;
    this.target = target;
    this.supply = supply;
    this.state = state;
    this.chronicle = chronicle;
    this.clock = clock;
    this.execution =
        new Execution(rules, target, state, journal, chronicle, memory, clock, randomness);
    this.status = blank(target.name(), target.kind(), rules, clock.wall());
    chronicle
        .meters()
        .target(target.name(), () -> status.lines(), () -> drift, () -> status.state().ordinal());
  }

  private static TargetStatus blank(String name, String kind, TargetRules rules, Instant now) {
    return new TargetStatus(
        name,
        kind,
        rules.policy().word(),
        TargetState.INIT,
        now,
        "",
        String.join("+", rules.sources()),
        "",
        0,
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        List.of(),
        List.of(),
        TargetStatus.EXIT_STALE);
  }

  public TargetStatus status() {
    return status;
  }

  public TargetRules rules() {
    return rules;
  }

  /** Whether an account that its lists name may only be used as they say. */
  public boolean governsAccounts() {
    return governsAccounts(target, rules);
  }

  /** The same of a target that has no reconciler yet. */
  public static boolean governsAccounts(Target target, TargetRules rules) {
    return target.membership() && rules.policy() != Policy.REPORT;
  }

  /** When to run a cycle even if nobody asks; empty when only news matter. Owner thread. */
  public Optional<Instant> due() {
    return due;
  }

  /**
   * Lets a held plan go on; valid for an hour and only for that plan.
   *
   * @return whether that plan is held now
   */
  public boolean approve(String planId, String actor) {
    Optional<Plan> held = held(planId);
    held.ifPresent(
        plan -> {
          approvals.approve(planId, clock.wall());
          chronicle.decided("approve", plan, actor, status.why(), "approved");
        });
    return held.isPresent();
  }

  /**
   * Lets a held plan be held without further word.
   *
   * @return whether that plan is held now
   */
  public boolean reject(String planId, String actor) {
    Optional<Plan> held = held(planId);
    held.ifPresent(
        plan -> {
          approvals.reject(planId);
          chronicle.decided("reject", plan, actor, status.why(), "rejected");
        });
    return held.isPresent();
  }

  private Optional<Plan> held(String planId) {
    TargetStatus now = status;
    return now.state() == TargetState.HOLD
        ? now.open().filter(plan -> plan.id().equals(planId))
        : Optional.empty();
  }

  /**
   * Puts the last good list in force, or finishes what a crash interrupted. Before the first cycle,
   * without reading any source.
   */
  public void start() throws InterruptedException {
    state.target(target.name()).ifPresent(lastGood -> memory.recall(lastGood.left()));
    try {
      Optional<PlanJournal.Unfinished> unfinished = execution.recall();
      if (target.outlivesTheProcess()) {
        if (unfinished.isPresent()) settle(execution.resume(target.actual()), "resumed");
      } else {
        coldStart(unfinished.map(each -> each.plan().removedKeys()).orElse(java.util.Set.of()));
      }
    } catch (TargetException | IOException failure) {
      failed(failure);
    }
  }

  /**
   * Goes on where a former reconciler of the same target ended; what that put in force stays until
   * the first cycle. Instead of {@link #start}.
   */
  public void takeOver() {
    state.target(target.name()).ifPresent(lastGood -> memory.recall(lastGood.left()));
    try {
      execution.recall();
    } catch (IOException failure) {
      failed(failure);
    }
  }

  private void coldStart(java.util.Set<String> goneMeanwhile)
      throws TargetException, IOException, InterruptedException {
    Actual actual = target.actual();
    Optional<LastGood> lastGood = state.target(target.name());
    List<Item> list =
        switch (rules.coldStart()) {
          case LAST_GOOD, WAIT ->
              lastGood
                  .map(good -> good.items().stream().filter(i -> keeps(i, goneMeanwhile)).toList())
                  .orElse(target.membership() ? List.of() : actual.items());
          case OPEN -> target.membership() ? List.of() : actual.local();
          case CLOSED ->
              actual.local().stream().filter(item -> rules.pinned().contains(item.text())).toList();
        };
    execution.forget();
    execution.adopt(list, actual, lastGood.map(LastGood::position).orElse("none"));
    describeList(list);
  }

  private static boolean keeps(Item item, java.util.Set<String> gone) {
    return item.keys().stream().noneMatch(gone::contains);
  }

  /** Looks once and does what is due. Never throws for what sources and targets do. */
  public TargetStatus cycle() throws InterruptedException {
    due = Optional.empty();
    looked = Optional.empty();
    try {
      look();
    } catch (TargetException failure) {
      if (failure.reason() == TargetException.Reason.CONFLICT) {
        enter(TargetState.SYNCING, "the list changed meanwhile", TargetStatus.EXIT_LOCKED);
        wake(clock.wall());
      } else {
        failed(failure);
      }
    } catch (IOException failure) {
      failed(failure);
    }
    execution.splayedUntil().ifPresent(this::wake);
    looked.ifPresent(position -> chronicle.looked(target.name(), position));
    return status;
  }

  private void look() throws TargetException, IOException, InterruptedException {
    Lists lists = supply.now();
    Instant now = clock.wall();
    boolean closed =
        lists.trouble().map(trouble -> trouble.then() == SourceRules.Then.CLOSE).orElse(false);
    if (lists.snapshots().isEmpty() && !closed) {
      String why = lists.trouble().map(Lists.Trouble::why).orElse("not read yet");
      boolean waiting = lists.trouble().isEmpty();
      enter(waiting ? TargetState.SYNCING : TargetState.STALE, why, TargetStatus.EXIT_STALE);
      return;
    }
    Optional<SourceRules.Then> stale = lists.trouble().map(Lists.Trouble::then);
    Actual actual = target.actual();
    if (execution.tellNow()) {
      // Whatever is new or held now, the process is told of what is written.
      settle(execution.resume(actual), "");
      wake(clock.wall());
      return;
    }
    Desired desired = desired(lists, stale, now).comparedBy(supply.aliases(actual));
    looked = Optional.of(desired.position());
    memory.observe(desired, actual.items(), rules.rails(), now);
    Planner.Planned planned =
        Planner.plan(
            rules,
            desired,
            new Planner.Base(actual.items(), actual.local(), target.keepsAttributes()),
            memory,
            now);
    planned.due().ifPresent(this::wake);
    Plan plan = planned.plan();
    describe(plan, desired, actual);
    drift = plan.changes().size();
    if (rules.policy() == Policy.REPORT && target.membership()) {
      Plan admission = additionsOnly(plan, actual);
      if (!admission.empty() && stale.isEmpty()) {
        execute(admission, actual);
        wake(clock.wall()); // what is left to tell is planned from what is in force now
        return;
      }
    }
    boolean strict = rules.onUnknown() == TargetRules.OnUnknown.EXIT && !plan.unknown().isEmpty();
    if (strict && rules.exitOrder() == TargetRules.ExitOrder.CHECK_FIRST) {
      open(plan, Rails.Rail.UNKNOWN, "the list names what is not known here", now);
      exit(TargetStatus.EXIT_UNKNOWN);
      return;
    }
    if (stale.isPresent() && stale.get() == SourceRules.Then.HOLD) {
      open(plan, Rails.Rail.STALE, lists.trouble().orElseThrow().why(), now);
      return;
    }
    decide(plan, actual, lists, now);
    if (strict) exit(TargetStatus.EXIT_UNKNOWN);
  }

  private Desired desired(Lists lists, Optional<SourceRules.Then> stale, Instant now) {
    if (stale.isPresent() && stale.get() == SourceRules.Then.CLOSE) {
      return Desired.nobody(String.join("+", rules.sources()), "closed");
    }
    Desired.Form form = target.membership() ? Desired.Form.MEMBERS : Desired.Form.NODES;
    return Desired.of(rules, lists.snapshots(), form, lists.guarded(), now);
  }

  private void decide(Plan plan, Actual actual, Lists lists, Instant now)
      throws TargetException, IOException, InterruptedException {
    if (plan.empty()) {
      if (execution.pending()) {
        settle(execution.resume(actual), "");
        return;
      }
      Optional<String> strays = target.strays();
      if (strays.isPresent()) {
        settle(execution.remind(plan, actual, strays.get()), "");
        return;
      }
      execution.settled(actual, plan.source(), plan.position());
      calm(lists);
      return;
    }
    if (rules.policy() == Policy.REPORT || rules.rails().dryRun()) {
      open(plan, null, "", now);
      return;
    }
    boolean closing =
        lists.trouble().map(trouble -> trouble.then() == SourceRules.Then.CLOSE).orElse(false);
    Optional<Rails.Hold> hold =
        closing || approvals.approved(plan.id(), now)
            ? Optional.empty()
            : Rails.check(
                rules, plan, actual.items(), state.target(target.name()).isEmpty(), memory, now);
    if (hold.isPresent()) {
      open(plan, hold.get().rail(), hold.get().why(), now);
      if (plan.hasExplicit()) goOnWithExplicit(plan, actual);
      return;
    }
    Optional<Instant> notBefore = approvals.rejectedUntil(plan.afterDigest(), now);
    if (notBefore.isPresent()) {
      wake(notBefore.get());
      return;
    }
    execute(plan, actual);
    if (status.state() == TargetState.IN_SYNC) calm(lists);
  }

  /** What somebody said aloud does not wait for what is held. */
  private void goOnWithExplicit(Plan plan, Actual actual)
      throws TargetException, IOException, InterruptedException {
    Plan explicit = plan.explicitOnly(actual.items());
    if (explicit.empty()
        || approvals.rejectedUntil(explicit.afterDigest(), clock.wall()).isPresent()) {
      return;
    }
    TargetStatus held = status;
    Execution.Outcome outcome = execution.run(explicit, this::entering);
    if (outcome instanceof Execution.Outcome.Done) {
      // The held rest is planned anew from what is in force now, with an id of its own.
      status = held;
      wake(clock.wall());
    } else {
      settle(outcome, "");
    }
  }

  private static Plan additionsOnly(Plan plan, Actual actual) {
    List<Change> additions = plan.changes().stream().filter(Change::adds).toList();
    List<Item> list = new ArrayList<>(actual.items());
    java.util.Set<String> coming = new java.util.HashSet<>();
    additions.forEach(change -> coming.addAll(change.keys()));
    for (Item item : plan.result()) {
      if (item.keys().stream().anyMatch(coming::contains)) list.add(item);
    }
    return plan.towards(list, actual.digest(), additions);
  }

  private void execute(Plan plan, Actual actual)
      throws TargetException, IOException, InterruptedException {
    settle(execution.run(plan, this::entering), "");
    if (status.state() == TargetState.IN_SYNC) drift = 0;
  }

  private void entering(TargetState next) {
    enter(next, "", TargetStatus.EXIT_OK);
  }

  private void settle(Execution.Outcome outcome, String note) {
    switch (outcome) {
      case Execution.Outcome.Done done -> {
        describeList(done.items());
        enter(TargetState.IN_SYNC, note, TargetStatus.EXIT_OK);
      }
      case Execution.Outcome.RolledBack back -> {
        Instant until = approvals.failed(back.plan().afterDigest(), clock.wall());
        describeList(back.items());
        enter(TargetState.ROLLED_BACK, back.why(), TargetStatus.EXIT_ROLLED_BACK);
        wake(until);
      }
      case Execution.Outcome.Splayed splayed ->
          enter(
              TargetState.APPLYING, "the process is told at " + splayed.at(), TargetStatus.EXIT_OK);
      case Execution.Outcome.Pending pending -> {
        enter(
            TargetState.FAILED, "reload pending: " + pending.why(), TargetStatus.EXIT_ROLLED_BACK);
        wake(pending.retryAt());
      }
    }
    status = Statuses.pending(status, execution.pending());
  }

  private void calm(Lists lists) {
    drift = 0;
    approvals.forgetRejections();
    if (lists.trouble().isPresent()) {
      enter(TargetState.STALE, lists.trouble().get().why(), TargetStatus.EXIT_STALE);
    } else {
      enter(TargetState.IN_SYNC, "", TargetStatus.EXIT_OK);
    }
  }

  private void open(Plan plan, Rails.@Nullable Rail rail, String why, Instant now) {
    boolean news = !status.open().map(Plan::id).equals(Optional.of(plan.id()));
    boolean held = rail != null;
    TargetStatus before = status;
    status = Statuses.open(before, plan, Optional.ofNullable(rail));
    enter(
        held ? TargetState.HOLD : plan.empty() ? TargetState.IN_SYNC : TargetState.DRIFT,
        why,
        held
            ? TargetStatus.EXIT_HELD
            : plan.empty() ? TargetStatus.EXIT_OK : TargetStatus.EXIT_DRIFT);
    status = Statuses.open(status, plan, Optional.ofNullable(rail));
    if (rail != null && news && !approvals.silenced(plan.id())) {
      chronicle.decided("hold", plan, "gateway", why, rail.word());
      chronicle.meters().holds(rail.word()).increment();
    }
  }

  private void exit(int code) {
    status = Statuses.exit(status, code);
  }

  private void failed(Exception failure) {
    int exit = TargetStatus.EXIT_ROLLED_BACK;
    if (failure instanceof TargetException typed) {
      exit =
          typed.reason() == TargetException.Reason.BUSY
              ? TargetStatus.EXIT_LOCKED
              : TargetStatus.EXIT_UNEDITABLE;
    }
    String message = failure.getMessage();
    enter(TargetState.FAILED, message == null ? failure.toString() : message, exit);
    wake(clock.wall().plus(Execution.RETRY));
  }

  private void describe(Plan plan, Desired desired, Actual actual) {
    status = Statuses.described(status, plan, desired.warnings(), actual.items().size());
  }

  private void describeList(List<Item> items) {
    status = Statuses.lines(status, items.size());
  }

  private void enter(TargetState next, String why, int exit) {
    TargetStatus before = status;
    Instant now = clock.wall();
    boolean moved = before.state() != next || !before.why().equals(why);
    status = Statuses.entered(before, next, why, exit, now);
    if (moved) chronicle.state(target.name(), before.state(), next, why, status.open());
  }

  private void wake(Instant at) {
    if (due.isEmpty() || at.isBefore(due.get())) due = Optional.of(at);
  }
}
