package io.fairlead.registry.plan;

import java.time.Duration;

/**
 * Rules that may hold a plan.
 *
 * @param allowEmpty whether a list may become empty because its entries are gone
 * @param maxRemove of the usable lines, in one plan; at least 1 line may always go
 * @param maxAdd of the usable lines, in one plan; 10 may always come
 * @param minEntries usable lines that must stay
 * @param holdDown how long what left stays out
 * @param flapChanges comings and goings within {@code flapWindow} after which an entry stays out
 * @param maxPlans applied within an hour
 * @param dryRun plan, but never apply
 */
public record RailsConfig(
    boolean allowEmpty,
    Bound maxRemove,
    Bound maxAdd,
    int minEntries,
    Duration holdDown,
    int flapChanges,
    Duration flapWindow,
    int maxPlans,
    boolean dryRun) {
  /** A share of the list, or a number of lines. */
  public sealed interface Bound {
    /**
     * How many of {@code whole} lines it lets through.
     *
     * @param floor let through in any case, when it is a share
     */
    long of(long whole, long floor);

    /** 0 to 1, more for additions. */
    record Share(double share) implements Bound {
      @Override
      public long of(long whole, long floor) {
        return Math.max(floor, (long) Math.floor(whole * share));
      }
    }

    /** So many lines. */
    record Lines(long count) implements Bound {
      @Override
      public long of(long whole, long floor) {
        return count;
      }
    }
  }

  public static final RailsConfig DEFAULTS =
      new RailsConfig(
          false,
          new Bound.Share(0.5),
          new Bound.Share(1),
          1,
          Duration.ofSeconds(30),
          6,
          Duration.ofMinutes(10),
          60,
          false);

  public RailsConfig withAllowEmpty(boolean allow) {
    return new RailsConfig(
        allow, maxRemove, maxAdd, minEntries, holdDown, flapChanges, flapWindow, maxPlans, dryRun);
  }

  public RailsConfig withHoldDown(Duration time) {
    return new RailsConfig(
        allowEmpty, maxRemove, maxAdd, minEntries, time, flapChanges, flapWindow, maxPlans, dryRun);
  }

  public RailsConfig withDryRun(boolean dry) {
    return new RailsConfig(
        allowEmpty,
        maxRemove,
        maxAdd,
        minEntries,
        holdDown,
        flapChanges,
        flapWindow,
        maxPlans,
        dry);
  }

  public RailsConfig withMaxPlans(int plans) {
    return new RailsConfig(
        allowEmpty,
        maxRemove,
        maxAdd,
        minEntries,
        holdDown,
        flapChanges,
        flapWindow,
        plans,
        dryRun);
  }
}
