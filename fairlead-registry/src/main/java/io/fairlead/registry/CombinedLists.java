package io.fairlead.registry;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.plan.Aliases;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.reconcile.KnownNames;
import io.fairlead.registry.reconcile.Lists;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.reconcile.SourceFollower.View;
import io.fairlead.registry.source.SourceRules.Then;
import io.fairlead.registry.target.Actual;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Puts the lists of one target's sources together as its {@code combine} says.
 *
 * @param names present when the target compares names by where they lead
 * @param remembering gets each list before the target does
 */
record CombinedLists(
    TargetRules rules,
    Supplier<Fleet> fleet,
    Optional<KnownNames> names,
    Remembering remembering,
    Clock clock)
    implements Lists.Supply {
  /** Keeps what must outlive the process before the target acts on a list. */
  interface Remembering {
    void keep(Snapshot list) throws IOException;
  }

  @Override
  public Aliases aliases(Actual actual) throws InterruptedException {
    return names.isPresent() ? names.get().of(actual) : Aliases.NONE;
  }

  @Override
  public Lists now() throws IOException {
    Lists lists = of(fleet.get());
    for (Snapshot list : lists.snapshots()) remembering.keep(list);
    return lists;
  }

  private Lists of(Fleet fleet) {
    Set<String> guardedNames = fleet.guarded();
    List<SourceFollower> members = new ArrayList<>();
    for (String name : rules.sources()) {
      SourceFollower follower = fleet.followers().get(name);
      if (follower != null) members.add(follower);
    }
    if (rules.combine() == TargetRules.Combine.FIRST_HEALTHY)
      return firstHealthy(members, guardedNames);
    List<Snapshot> lists = new ArrayList<>();
    Optional<Lists.Trouble> trouble = Optional.empty();
    for (SourceFollower member : members) {
      View view = member.view();
      if (view.failure().isPresent() && trouble.isEmpty()) trouble = trouble(member, view);
      if (view.lastGood().isEmpty()) return new Lists(List.of(), Set.of(), trouble);
      lists.add(view.lastGood().get());
    }
    return new Lists(lists, guardedNames, trouble);
  }

  private Lists firstHealthy(List<SourceFollower> members, Set<String> guardedNames) {
    for (SourceFollower member : members) {
      View view = member.view();
      if (view.healthy()) {
        return new Lists(List.of(view.lastGood().orElseThrow()), guardedNames, Optional.empty());
      }
    }
    Optional<Lists.Trouble> trouble = Optional.empty();
    for (SourceFollower member : members) {
      View view = member.view();
      if (trouble.isEmpty() && view.failure().isPresent()) trouble = trouble(member, view);
      if (view.lastGood().isPresent() && view.failure().isPresent()) {
        return new Lists(List.of(view.lastGood().get()), guardedNames, trouble(member, view));
      }
    }
    return new Lists(List.of(), Set.of(), trouble);
  }

  private Optional<Lists.Trouble> trouble(SourceFollower member, View view) {
    Instant since = view.failingSince().orElse(clock.wall());
    boolean over = member.rules().stale().over(since, clock.wall());
    Then then = over ? member.rules().stale().then() : Then.KEEP;
    return Optional.of(
        new Lists.Trouble(member.name() + ": " + view.failure().orElse(""), since, then));
  }
}
