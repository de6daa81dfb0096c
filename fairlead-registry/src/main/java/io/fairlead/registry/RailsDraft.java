package io.fairlead.registry;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.registry.plan.RailsConfig;
import io.fairlead.registry.plan.RailsConfig.Bound;
import java.time.Duration;
import java.util.Optional;

/** What one place of the configuration says of rails; what it leaves out holds as below it. */
record RailsDraft(
    Optional<Boolean> allowEmpty,
    Optional<Bound> maxRemove,
    Optional<Bound> maxAdd,
    Optional<Integer> minEntries,
    Optional<Duration> holdDown,
    Optional<Flap> flap,
    Optional<Integer> maxPlans,
    Optional<Boolean> dryRun) {
  /** Comings and goings after which an entry stays out. */
  record Flap(int changes, Duration window) {
    static final RecordType<Flap> TYPE =
        RecordType.define(
            "registry_flap",
            "When an entry that comes and goes stays out until it is quiet for that long.",
            fields -> {
              Field<Integer> changes =
                  fields
                      .key("changes", Types.integer().between(2, 32), "Comings and goings.")
                      .orElse(RailsConfig.DEFAULTS.flapChanges());
              Field<Duration> window =
                  fields
                      .key("window", Types.duration(), "Within this time.")
                      .orElse(RailsConfig.DEFAULTS.flapWindow());
              return values -> new Flap(values.get(changes), values.get(window));
            });
  }

  private static ConfigType<Bound> bound() {
    ConfigType<Bound> share =
        Types.percent().mapped(Codes.OUT_OF_RANGE, Bound.Share::new, RailsDraft::shareOf);
    ConfigType<Bound> lines =
        Types.longInteger()
            .atLeast(0)
            .mapped(Codes.OUT_OF_RANGE, Bound.Lines::new, RailsDraft::linesOf);
    return Types.oneOf("a share such as 50%, or a number of lines", share, lines);
  }

  private static Double shareOf(Bound bound) {
    return bound instanceof Bound.Share(double share) ? share : 1.0;
  }

  private static Long linesOf(Bound bound) {
    return bound instanceof Bound.Lines(long count) ? count : 0L;
  }

  static final RecordType<RailsDraft> TYPE =
      RecordType.define(
          "registry_rails",
          "Rules that may hold a plan until somebody approves it. What the list itself says of an"
              + " entry (revoked, draining, expired) is never held.",
          fields -> {
            Field<Optional<Boolean>> allowEmpty =
                fields
                    .key(
                        "allow_empty",
                        Types.bool(),
                        "Whether the list may become empty because its entries are gone. Default"
                            + " false: it is held, and the last good list stays.")
                    .optional();
            Field<Optional<Bound>> maxRemove =
                fields
                    .key(
                        "max_remove",
                        bound(),
                        "Lines that may go in one plan. Default 50%, and always 1.")
                    .example("50%")
                    .optional();
            Field<Optional<Bound>> maxAdd =
                fields
                    .key(
                        "max_add",
                        bound(),
                        "Lines that may come in one plan under mirror. Default 100%, and always"
                            + " 10.")
                    .example("100%")
                    .optional();
            Field<Optional<Integer>> minEntries =
                fields
                    .key(
                        "min_entries",
                        Types.integer().atLeast(0),
                        "Usable lines that must stay when lines go. Default 1.")
                    .optional();
            Field<Optional<Duration>> holdDown =
                fields
                    .key(
                        "hold_down",
                        Types.duration(),
                        "How long an entry that left stays out when it comes back. Default 30s.")
                    .example("30s")
                    .optional();
            Field<Optional<Flap>> flap =
                fields
                    .key(
                        "flap",
                        Flap.TYPE,
                        "Default 6 comings and goings within 10 minutes: the entry stays out until"
                            + " 10 quiet minutes.")
                    .optional();
            Field<Optional<Integer>> maxPlans =
                fields
                    .key(
                        "max_plans",
                        Types.integer().between(1, 10_000),
                        "Plans applied within an hour; more are held. Default 60.")
                    .optional();
            Field<Optional<Boolean>> dryRun =
                fields
                    .key("dry_run", Types.bool(), "Plan, but never apply. Default false.")
                    .optional();
            return values ->
                new RailsDraft(
                    values.get(allowEmpty),
                    values.get(maxRemove),
                    values.get(maxAdd),
                    values.get(minEntries),
                    values.get(holdDown),
                    values.get(flap),
                    values.get(maxPlans),
                    values.get(dryRun));
          });

  /** The same, and nothing is applied. */
  RailsDraft dry() {
    return new RailsDraft(
        allowEmpty, maxRemove, maxAdd, minEntries, holdDown, flap, maxPlans, Optional.of(true));
  }

  /** The same, for which it does not matter who came and went lately. */
  RailsDraft withoutMemory() {
    return new RailsDraft(
        allowEmpty,
        maxRemove,
        maxAdd,
        minEntries,
        Optional.of(Duration.ZERO),
        Optional.of(new Flap(Integer.MAX_VALUE, Duration.ZERO)),
        maxPlans,
        dryRun);
  }

  RailsConfig over(RailsConfig below) {
    return new RailsConfig(
        allowEmpty.orElse(below.allowEmpty()),
        maxRemove.orElse(below.maxRemove()),
        maxAdd.orElse(below.maxAdd()),
        minEntries.orElse(below.minEntries()),
        holdDown.orElse(below.holdDown()),
        flap.map(Flap::changes).orElse(below.flapChanges()),
        flap.map(Flap::window).orElse(below.flapWindow()),
        maxPlans.orElse(below.maxPlans()),
        dryRun.orElse(below.dryRun()));
  }
}
