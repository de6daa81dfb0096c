package io.fairlead.app.config;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.Fields;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import java.time.Duration;
import java.util.Optional;

/**
 * How changes of the configuration are made.
 *
 * @param watch whether a change of a file is taken over by itself
 * @param generationsMax retired generations that may still have connections
 * @param guard goes back when a change makes answers fail
 */
public record ReloadSettings(boolean watch, int generationsMax, Optional<Guard> guard) {
  /**
   * Watches answers after a change.
   *
   * @param window how long
   * @param errorRatioMax share of 5xx answers above which the change is undone
   * @param requestsMin answers below which nothing is concluded
   */
  public record Guard(Duration window, double errorRatioMax, int requestsMin) {
    static final RecordType<Guard> TYPE =
        RecordType.define(
            "guard",
            "Goes back to the configuration before a change when answers begin to fail.",
            fields -> {
              Field<Duration> window =
                  fields
                      .key("window", Types.duration(), "How long answers are watched.")
                      .orElse(Duration.ofSeconds(30));
              Field<Double> ratio =
                  fields
                      .key(
                          "max_5xx_ratio",
                          Types.number().between(0, 1),
                          "Share of 5xx answers above which the change is undone.")
                      .orElse(0.5);
              Field<Integer> requests =
                  fields
                      .key(
                          "min_requests",
                          Types.integer().between(1, 1_000_000),
                          "Answers it takes to conclude anything.")
                      .orElse(100);
              return values ->
                  new Guard(values.get(window), values.get(ratio), values.get(requests));
            });
  }

  /** The keys in section {@code runtime}. */
  record Keys(Field<Boolean> watch, Field<Integer> generationsMax, Field<Optional<Guard>> guard) {
    ReloadSettings read(Values values) {
      return new ReloadSettings(values.get(watch), values.get(generationsMax), values.get(guard));
    }
  }

  static Keys keys(Fields fields) {
    return new Keys(
        fields
            .key(
                "watch",
                Types.bool(),
                "Take over a change of the configuration file, of files it includes, and of"
                    + " certificates and users files it names, as soon as they stand still.")
            .reload(ReloadClass.RESTART)
            .orElse(false),
        fields
            .key(
                "max_generations",
                Types.integer().between(1, 1024),
                "Changes whose retired connections may live at a time; beyond that the oldest end"
                    + " at once.")
            .orElse(16),
        fields
            .key("guard", Guard.TYPE, "Undo a change that makes answers fail; off when not given.")
            .optional());
  }
}
