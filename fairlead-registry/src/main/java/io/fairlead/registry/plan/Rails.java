package io.fairlead.registry.plan;

import io.fairlead.core.access.Membership.Standing;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The rules that may hold a plan. Pure. */
public final class Rails {
  private static final long REMOVE_FLOOR = 1;
  private static final long ADD_FLOOR = 10;

  /** Which rule holds. */
  public enum Rail {
    /** The list would become empty because its entries are gone. */
    EMPTY,
    /** Too many lines would go at once. */
    TOO_MANY,
    /** Too many lines would come at once. */
    TOO_MANY_NEW,
    /** Too few lines would be left. */
    MIN_ENTRIES,
    /** The first plan ever would take local lines away. */
    FIRST_SYNC,
    /** Too many plans within an hour. */
    MAX_PLANS,
    /** The list names what the target does not have, and that is to be looked at. */
    UNKNOWN,
    /** The list was not read for too long. */
    STALE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A plan is held, and why in words. */
  public record Hold(Rail rail, String why) {}

  private Rails() {}

  /**
   * Checks a plan that is not empty.
   *
   * @param actual the list in force
   * @param first whether no plan was ever applied to this target
   */
  public static Optional<Hold> check(
      TargetRules rules, Plan plan, List<Item> actual, boolean first, Memory memory, Instant now) {
    RailsConfig rails = rules.rails();
    long before = usable(actual);
    long after = usable(plan.result());
    long silent = plan.silentRemovals();
    if (rules.onUnknown() == TargetRules.OnUnknown.HOLD && !plan.unknown().isEmpty()) {
      return hold(Rail.UNKNOWN, plan.unknown().size() + " listed lines are not known here");
    }
    if (first
        && rules.firstSync() == TargetRules.FirstSync.APPROVE
        && rules.policy() == Policy.MIRROR
        && silent > 0) {
      return hold(Rail.FIRST_SYNC, "the first sync would take " + silent + " local lines away");
    }
    boolean emptied = after == 0 && before > 0 && silent > 0;
    if (emptied && !rails.allowEmpty()) {
      return hold(Rail.EMPTY, "the list would become empty");
    }
    long removeMax = rails.maxRemove().of(before, REMOVE_FLOOR);
    if (silent > removeMax) {
      return hold(
          Rail.TOO_MANY, silent + " of " + before + " lines would go, " + removeMax + " may");
    }
    if (silent > 0 && after < rails.minEntries() && !emptied) {
      return hold(
          Rail.MIN_ENTRIES, after + " lines would be left, " + rails.minEntries() + " must stay");
    }
    long addMax = rails.maxAdd().of(before, ADD_FLOOR);
    if (!first && rules.policy() == Policy.MIRROR && plan.additions() > addMax) {
      return hold(Rail.TOO_MANY_NEW, plan.additions() + " lines would come, " + addMax + " may");
    }
    if (memory.plansWithinAnHour(now) >= rails.maxPlans()) {
      return hold(Rail.MAX_PLANS, "more than " + rails.maxPlans() + " plans within an hour");
    }
    return Optional.empty();
  }

  private static Optional<Hold> hold(Rail rail, String why) {
    return Optional.of(new Hold(rail, why));
  }

  /** Lines that take new work. */
  public static long usable(List<Item> items) {
    return items.stream().filter(item -> item.standing() == Standing.ACTIVE).count();
  }
}
