package io.fairlead.registry;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.registry.plan.TargetRules;
import java.time.Duration;

/** How {@code drain} of a target is read. */
final class DrainTypes {
  static final RecordType<TargetRules.Drains> DRAINS =
      RecordType.define(
          "registry_drain",
          "How long work of an entry may go on when it leaves; new work never starts.",
          fields -> {
            TargetRules.Drains defaults = TargetRules.Drains.DEFAULTS;
            Field<Duration> removed =
                fields
                    .key("removed", Types.duration(), "When the list no longer names it.")
                    .orElse(defaults.removed());
            Field<Duration> draining =
                fields
                    .key("draining", Types.duration(), "When the list says draining.")
                    .orElse(defaults.draining());
            Field<Duration> revoked =
                fields
                    .key("revoked", Types.duration(), "When the list says revoked.")
                    .orElse(defaults.revoked());
            Field<Duration> expired =
                fields
                    .key("expired", Types.duration(), "When its time is over.")
                    .orElse(defaults.expired());
            return values ->
                new TargetRules.Drains(
                    values.get(removed),
                    values.get(draining),
                    values.get(revoked),
                    values.get(expired));
          });

  private DrainTypes() {}
}
