package io.fairlead.registry.source;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What every kind of source has.
 *
 * @param name unique among the sources
 * @param timeout of one read
 * @param stale what happens when it cannot be read for long
 */
public record SourceRules(String name, Duration timeout, Stale stale) {
  /** What becomes of the last good list of a source that does not answer. */
  public enum Then {
    /** It stays. */
    KEEP,
    /** It stays, and nothing is changed at all. */
    HOLD,
    /** Nobody is allowed. */
    CLOSE
  }

  /**
   * Patience with a silent source.
   *
   * @param keepFor empty for ever
   */
  public record Stale(Optional<Duration> keepFor, Then then) {
    public static final RecordType<Stale> TYPE =
        RecordType.define(
            "registry_stale",
            "What happens when a source cannot be read for long.",
            fields -> {
              Field<Optional<Duration>> keepFor =
                  fields
                      .key(
                          "keep_for",
                          Types.orWord("unlimited", Types.duration()),
                          "How long the last good list holds without a read.")
                      .orElse(Optional.empty());
              Field<Then> then =
                  fields
                      .key(
                          "then",
                          Types.choice(Then.class),
                          "After that: keep the list, hold every change, or close: nobody is"
                              + " allowed until a read succeeds.")
                      .orElse(Then.KEEP);
              return values -> new Stale(values.get(keepFor), values.get(then));
            });

    /** Whether a silence that began then lasts too long now. */
    public boolean over(Instant since, Instant now) {
      return keepFor.isPresent() && !now.isBefore(since.plus(keepFor.get()));
    }
  }

  public static final RecordType<SourceRules> TYPE =
      RecordType.define(
          "registry_source",
          "One list that is kept elsewhere.",
          fields -> {
            Field<String> name =
                fields
                    .key(
                        "name",
                        Types.string().matching("[a-z0-9_-]{1,64}", "a name of a-z, 0-9, _ and -"),
                        "Name of the source, for targets, status and audit.")
                    .example("main")
                    .required();
            Field<Duration> timeout =
                fields
                    .key("timeout", Types.duration(), "How long one read may take.")
                    .orElse(Duration.ofSeconds(5));
            Field<Stale> stale =
                fields
                    .key("stale", Stale.TYPE, "Patience with a source that does not answer.")
                    .orElse(Stale.TYPE.defaults());
            return values ->
                new SourceRules(values.get(name), values.get(timeout), values.get(stale));
          });

  /** Defaults for a source of that name. */
  public static SourceRules of(String name) {
    return new SourceRules(name, Duration.ofSeconds(5), Stale.TYPE.defaults());
  }
}
